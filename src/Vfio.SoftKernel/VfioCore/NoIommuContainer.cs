using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>A container of no-IOMMU groups: it maps nothing. Linux: vfio_noiommu_ops of drivers/vfio/container.c.</summary>
internal sealed class NoIommuContainer : IVfioIommuDriver
{
    /// <inheritdoc/>
    public int CheckExtension(ulong extension) => extension == VfioUapi.VFIO_NOIOMMU_IOMMU ? 1 : 0;

    /// <inheritdoc/>
    public Errno AttachGroup(VfioGroup group) => Errno.None;

    /// <inheritdoc/>
    public void DetachGroup(VfioGroup group)
    {
    }

    /// <inheritdoc/>
    public int Ioctl(KernelTask task, uint request, UserArgument argument) => -(int)Errno.ENOTTY;

    /// <inheritdoc/>
    public HeldObject? Held => null;

    /// <inheritdoc/>
    public void Release()
    {
    }
}
