using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>What gives a container its I/O page tables. Linux: struct vfio_iommu_driver_ops.</summary>
internal interface IVfioIommuDriver
{
    /// <summary>VFIO_CHECK_EXTENSION of a container that has this driver.</summary>
    int CheckExtension(ulong extension);

    /// <summary>ops->attach_group.</summary>
    Errno AttachGroup(VfioGroup group);

    /// <summary>ops->detach_group.</summary>
    void DetachGroup(VfioGroup group);

    /// <summary>ops->ioctl.</summary>
    int Ioctl(KernelTask task, uint request, UserArgument argument);

    /// <summary>What is mapped; null: nothing.</summary>
    HeldObject? Held { get; }

    /// <summary>ops->release: the last group has left.</summary>
    void Release();
}
