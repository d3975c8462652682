using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>A group as VFIO shows it while it has a device in it. Linux: struct vfio_group, drivers/vfio/group.c.</summary>
internal sealed class VfioGroup
{
    /// <summary>Its node's name under /dev/vfio: 12, or noiommu-0.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>Its node's minor number: the lowest that was free.</summary>
    public uint Minor => throw new NotImplementedException();

    /// <summary>vfio_group_fops_open: EPERM no-IOMMU without CAP_SYS_RAWIO, EBUSY already open or a device of it is bound to an iommufd.</summary>
    /// <param name="task">Who opens.</param>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult Open(KernelTask task, FileStatus status) => throw new NotImplementedException();
}
