using System.Numerics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>Which pages devices wrote to. Linux: iopt_set_dirty_tracking and iopt_read_and_clear_dirty_data of drivers/iommu/iommufd/io_pagetable.c.</content>
internal sealed partial class Ioas
{
    /// <summary>iopt_set_dirty_tracking: from now on, beginning with clean pages, or no longer. EOPNOTSUPP of a page table that was not made for it.</summary>
    public Errno SetDirtyTracking(IommuDomain domain, bool enable)
    {
        if (!domain.CanTrackDirty)
        {
            return Errno.EOPNOTSUPP;
        }

        lock (_lock)
        {
            for (IoasArea? area = enable ? _areas.First(0, ulong.MaxValue) : null; area is not null; area = _areas.Next(area))
            {
                domain.ReadDirty(area.Start, area.Last, clear: true, null);
            }

            domain.TracksDirty = enable;
            return Errno.None;
        }
    }

    /// <summary>
    /// iopt_read_and_clear_dirty_data: sets the bits of pages that were written. The range is checked, what is mapped there and the bitmap are not: at a hole it ends,
    /// and what cannot be written is lost, without an error.
    /// </summary>
    public Errno ReadDirty(IommuDomain domain, UserMemory memory, in IommuHwptGetDirtyBitmap command)
    {
        ulong last = unchecked(command.Iova + (command.Length - 1));
        if (last < command.Iova)
        {
            return Errno.EOVERFLOW;
        }

        lock (_lock)
        {
            ulong past = unchecked(last + 1);
            if (((command.Iova | past) & (Alignment - 1)) != 0 || command.PageSize == 0 || ((command.Iova | past) & (command.PageSize - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            if (!domain.CanTrackDirty)
            {
                return Errno.EOPNOTSUPP;
            }

            DirtyBitmap bitmap = new(memory, command.Data, command.Iova, BitOperations.TrailingZeroCount(command.PageSize));
            bool clear = (command.Flags & IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR) == 0;
            ulong at = command.Iova;
            while (_areas.First(at, at) is { } area)
            {
                ulong partLast = Math.Min(last, area.Last);
                domain.ReadDirty(at, partLast, clear, bitmap);
                if (partLast == last)
                {
                    break;
                }

                at = partLast + 1;
            }

            bitmap.Flush();
            return Errno.None;
        }
    }
}
