using System.Numerics;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Type1;

internal sealed partial class Type1Container
{
    // TASK_SIZE_MAX of x86-64 with four-level paging.
    private const ulong LastUserAddress = (1UL << 47) - PageSize;

    private bool _tracking;

    // vfio_iommu_type1_dirty_pages. No group here pins pages one by one, so every mapped page counts as dirty, as in Linux.
    private Errno DirtyPages(KernelTask task, UserArgument argument)
    {
        if (!_v2)
        {
            return Errno.EACCES;
        }

        var dirty = default(VfioIommuType1DirtyBitmap);
        Span<byte> bytes = StructBytes.AsBytes(ref dirty)[..8];
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        const uint Known = VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START | VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP
            | VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP;
        if (dirty.Argsz < bytes.Length || (dirty.Flags & ~Known) != 0 || !uint.IsPow2(dirty.Flags))
        {
            return Errno.EINVAL;
        }

        if (dirty.Flags == VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP)
        {
            return GetBitmap(task, argument, dirty.Argsz - (uint)bytes.Length);
        }

        lock (_lock)
        {
            _tracking = dirty.Flags == VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START;
        }

        return Errno.None;
    }

    private Errno GetBitmap(KernelTask task, UserArgument argument, uint length)
    {
        var range = default(VfioIommuType1DirtyBitmapGet);
        Span<byte> bytes = StructBytes.AsBytes(ref range);
        if (length < bytes.Length)
        {
            return Errno.EINVAL;
        }

        if (argument.CopyIn(8, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        ulong last = range.Iova + (range.Size - 1);
        if (range.Size != 0 && last < range.Iova)
        {
            return Errno.EOVERFLOW;
        }

        if (!FitsBitmap(range.Size, range.Bitmap))
        {
            return Errno.EINVAL;
        }

        lock (_lock)
        {
            ulong page = SmallestPage;
            if (range.Bitmap.Pgsize != page || (range.Iova & (page - 1)) != 0 || range.Size == 0 || (range.Size & (page - 1)) != 0 || !_tracking
                || IsBisected(range.Iova, range.Iova) || IsBisected(last, last + 1))
            {
                return Errno.EINVAL;
            }

            for (int at = FirstFrom(range.Iova); at < _mappings.Count && _mappings[at].Iova <= last; at++)
            {
                fault = MarkDirty(task, range.Bitmap.Data, _mappings[at], range.Iova, page);
                if (fault != Errno.None)
                {
                    return fault;
                }
            }

            return Errno.None;
        }
    }

    private static Errno ReadUnmapBitmap(UserArgument argument, in VfioIommuType1DmaUnmap unmap, out VfioBitmap bitmap)
    {
        bitmap = default;
        int at = StructBytes.SizeOf<VfioIommuType1DmaUnmap>();
        Span<byte> bytes = StructBytes.AsBytes(ref bitmap);
        if (unmap.Argsz < at + bytes.Length)
        {
            return Errno.EINVAL;
        }

        Errno fault = argument.CopyIn(at, bytes);
        return fault == Errno.None && !FitsBitmap(unmap.Size, bitmap) ? Errno.EINVAL : fault;
    }

    // access_ok, and verify_bitmap_size in the pages the caller names.
    private static bool FitsBitmap(ulong size, in VfioBitmap bitmap)
    {
        if (bitmap.Pgsize == 0 || bitmap.Size == 0 || bitmap.Size > LargestBitmap || bitmap.Data > LastUserAddress - bitmap.Size)
        {
            return false;
        }

        ulong pages = size >> BitOperations.TrailingZeroCount(bitmap.Pgsize);
        return pages != 0 && bitmap.Size >= (pages + 63) / 64 * 8;
    }

    // Sets the bits of a mapping's pages; bit 0 is the page at start. Bits that are set stay set.
    private static Errno MarkDirty(KernelTask task, ulong bitmap, Type1Mapping mapping, ulong start, ulong page)
    {
        ulong first = (mapping.Iova - start) / page;
        ulong last = (mapping.Last - start) / page;
        Span<byte> word = stackalloc byte[1];
        for (ulong at = first / 8; at <= last / 8; at++)
        {
            if (task.Memory.CopyIn(bitmap + at, word) is not Errno.None and Errno fault)
            {
                return fault;
            }

            int low = at == first / 8 ? (int)(first & 7) : 0;
            int high = at == last / 8 ? (int)(last & 7) : 7;
            word[0] |= (byte)((0xff << low) & (0xff >> (7 - high)));
            fault = task.Memory.CopyOut(bitmap + at, word);
            if (fault != Errno.None)
            {
                return fault;
            }
        }

        return Errno.None;
    }
}
