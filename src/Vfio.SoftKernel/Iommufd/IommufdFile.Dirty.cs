using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The calls on dirty pages. Linux: drivers/iommu/iommufd/hw_pagetable.c.</content>
internal sealed partial class IommufdFile
{
    /// <summary>iommufd_hwpt_set_dirty_tracking.</summary>
    internal Errno HwptSetDirtyTracking(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwptSetDirtyTracking command);
        if (error != Errno.None)
        {
            return error;
        }

        if ((command.Flags & ~IommufdUapi.IOMMU_HWPT_DIRTY_TRACKING_ENABLE) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<Hwpt> hwpt = Objects.Borrow<Hwpt>(command.HwptId);
        return hwpt.Found ? hwpt.Value.Ioas.SetDirtyTracking(hwpt.Value.Domain, command.Flags != 0) : Errno.ENOENT;
    }

    /// <summary>iommufd_hwpt_get_dirty_bitmap.</summary>
    internal Errno HwptGetDirtyBitmap(IommufdCall call)
    {
        Errno error = call.Read(out IommuHwptGetDirtyBitmap command);
        if (error != Errno.None)
        {
            return error;
        }

        if ((command.Flags & ~IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) != 0 || command.Reserved != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        using Borrowed<Hwpt> hwpt = Objects.Borrow<Hwpt>(command.HwptId);
        return hwpt.Found ? hwpt.Value.Ioas.ReadDirty(hwpt.Value.Domain, call.Task.Memory, in command) : Errno.ENOENT;
    }
}
