using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>An open /dev/iommu. Linux: struct iommufd_ctx.</summary>
internal sealed class IommufdFile : OpenFile
{
    internal IommufdFile(IommufdModule module, FileStatus status, bool asVfioContainer)
    {
        Module = module;
        Status = status;
        _ = asVfioContainer;
    }

    /// <summary>What it shares with the machine's other iommufds.</summary>
    public IommufdModule Module { get; }

    /// <inheritdoc/>
    public override FileStatus Status { get; }

    /// <inheritdoc/>
    public override int HostDescriptor => throw new NotImplementedException();

    /// <inheritdoc/>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument) => throw new NotImplementedException();

    /// <summary>iommufd_vfio_compat_ioas_create: VFIO_GROUP_SET_CONTAINER with this as the container; EINVAL in no-IOMMU mode.</summary>
    public Errno CreateCompatIoas() => throw new NotImplementedException();

    /// <summary>iommufd_vfio_compat_ioas_get_id: where a group's device is attached at its first open; ENODEV when there is none.</summary>
    public Errno GetCompatIoasId(out uint id) => throw new NotImplementedException();

    /// <summary>iommufd_vfio_compat_set_no_iommu: EINVAL when there is a compatibility IOAS.</summary>
    public Errno SetNoIommu() => throw new NotImplementedException();

    /// <summary>iommufd_ctx_has_group: a device of <paramref name="group"/> is bound here.</summary>
    public bool HasGroup(IommuGroup group) => throw new NotImplementedException();

    /// <inheritdoc/>
    protected override void Release() => throw new NotImplementedException();
}
