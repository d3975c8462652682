using System.Numerics;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Type1;

internal sealed partial class Type1Container
{
    // TASK_SIZE_MAX of x86-64 with four-level paging.
    private const ulong LastUserAddress = (1UL << 47) - PageSize;

    // DIRTY_BITMAP_PAGES_MAX.
    private const ulong MostDirtyPages = int.MaxValue;

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
            bool start = dirty.Flags == VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START;
            if (start && !_tracking && _mappings.Exists(mapping => !CanTrack(mapping.Size)))
            {
                return Errno.EINVAL;
            }

            foreach (Type1Mapping mapping in start == _tracking ? [] : _mappings)
            {
                if (start)
                {
                    AllocateDirty(mapping, SmallestPage);
                }
                else
                {
                    mapping.Dirty = [];
                }
            }

            _tracking = start;
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

                ForgetDirty(_mappings[at], page);
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

    // update_user_bitmap: the mapping's bits in whole words, bit 0 being the page at start. Of what stood there only the first word's is kept, and
    // that only where the mapping begins inside it.
    private static Errno MarkDirty(KernelTask task, ulong bitmap, Type1Mapping mapping, ulong start, ulong page)
    {
        int pageShift = BitOperations.TrailingZeroCount(page);
        ulong first = unchecked(mapping.Iova - start) >> pageShift;
        ulong address = unchecked(bitmap + (first / 64 * 8));
        int shift = (int)(first & 63);
        int bits = (int)(mapping.Size >> pageShift);
        int words = WordsFor((ulong)bits + (ulong)shift);
        Span<ulong> dirty = mapping.Dirty;
        SetFirst(dirty, bits, true);
        if (shift != 0)
        {
            ShiftLeft(dirty[..words], shift);
            ulong kept = 0;
            if (task.Memory.CopyIn(address, StructBytes.AsBytes(ref kept)) is not Errno.None and Errno fault)
            {
                return fault;
            }

            dirty[0] |= kept;
        }

        return task.Memory.CopyOut(address, StructBytes.AsBytes(dirty[..words]));
    }

    // After GET_BITMAP: only as many bits as the mapping has pages are cleared, from the start on. Where they were shifted the rest stays, and is
    // told again, shifted further, the next time: so does Linux 7.2.13.
    private static void ForgetDirty(Type1Mapping mapping, ulong page)
        => SetFirst(mapping.Dirty, (int)(mapping.Size >> BitOperations.TrailingZeroCount(page)), false);

    // vfio_dma_bitmap_alloc: EINVAL for a mapping of more pages than a bitmap has bits.
    private bool CanTrack(ulong size) => size / SmallestPage <= MostDirtyPages;

    // vfio_dma_bitmap_alloc: a bit a page, and a word more for shifting.
    private static void AllocateDirty(Type1Mapping mapping, ulong page)
        => mapping.Dirty = new ulong[WordsFor(mapping.Size >> BitOperations.TrailingZeroCount(page)) + 1];

    private static int WordsFor(ulong bits) => (int)((bits + 63) / 64);

    private static void SetFirst(Span<ulong> bitmap, int bits, bool value)
    {
        bitmap[..(bits / 64)].Fill(value ? ulong.MaxValue : 0);
        if ((bits & 63) != 0)
        {
            ulong mask = (1UL << (bits & 63)) - 1;
            bitmap[bits / 64] = value ? bitmap[bits / 64] | mask : bitmap[bits / 64] & ~mask;
        }
    }

    private static void ShiftLeft(Span<ulong> bitmap, int shift)
    {
        for (int i = bitmap.Length - 1; i > 0; i--)
        {
            bitmap[i] = (bitmap[i] << shift) | (bitmap[i - 1] >> (64 - shift));
        }

        bitmap[0] <<= shift;
    }
}
