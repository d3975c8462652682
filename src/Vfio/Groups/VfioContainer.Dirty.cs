using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

// Which pages were written, and mappings whose memory moves to another address of a process (type1 of version 2).
public sealed partial class VfioContainer
{
    /// <summary>The version of the container's calls (VFIO_GET_API_VERSION): 0.</summary>
    public int GetApiVersion() => Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GET_API_VERSION, 0), nameof(VfioUapi.VFIO_GET_API_VERSION));

    /// <summary>
    /// Begins a record of which pages devices write (VFIO_IOMMU_DIRTY_PAGES, START). Without help of the hardware every mapped page counts as written. Begun already is no error.
    /// </summary>
    /// <exception cref="VfioException">EACCES: type1 of version 1. ENOTTY: an iommufd in a container's place.</exception>
    public void StartDirtyTracking() => DirtyPages(VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START, "VFIO_IOMMU_DIRTY_PAGES(START)");

    /// <summary>Ends the record (VFIO_IOMMU_DIRTY_PAGES, STOP).</summary>
    /// <exception cref="VfioException">EACCES, ENOTTY: as <see cref="StartDirtyTracking"/>.</exception>
    public void StopDirtyTracking() => DirtyPages(VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP, "VFIO_IOMMU_DIRTY_PAGES(STOP)");

    /// <summary>Which pages of whole mappings devices have written (VFIO_IOMMU_DIRTY_PAGES, GET_BITMAP). Words that a mapping covers are overwritten, others stay. Allocates nothing.</summary>
    /// <param name="iova">The first address, which the lowest bit of the first word stands for.</param>
    /// <param name="length">Bytes; whole mappings.</param>
    /// <param name="bitmap">Room for a bit a page.</param>
    /// <param name="pageSize">Bytes that one bit stands for: the smallest page of the container.</param>
    /// <exception cref="ArgumentException"><paramref name="bitmap"/> is too short.</exception>
    /// <exception cref="VfioException">EINVAL: no record was begun, another page size, or the range cuts a mapping.</exception>
    public void ReadDirtyBitmap(ulong iova, ulong length, Span<ulong> bitmap, ulong pageSize = 4096)
    {
        int words = DirtyBitmap.WordsFor(length, pageSize);
        DirtyBitmap.CheckRoom(length, pageSize, bitmap);
        DirtyGet argument = new()
        {
            Head = new() { Argsz = (uint)StructBytes.SizeOf<DirtyGet>(), Flags = VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP },
            Get = new() { Iova = iova, Size = length, Bitmap = new() { Pgsize = pageSize, Size = (ulong)words * sizeof(ulong) } },
        };
        Handle.Check(
            Handle.Ioctl(VfioUapi.VFIO_IOMMU_DIRTY_PAGES, ref argument, ref argument.Get.Bitmap.Data, (ReadOnlySpan<ulong>)bitmap),
            "VFIO_IOMMU_DIRTY_PAGES(GET_BITMAP)");
    }

    /// <summary>
    /// Unmaps whole mappings and reports which of their pages devices had written, with nothing lost between (VFIO_IOMMU_UNMAP_DMA, GET_DIRTY_BITMAP). Words that a mapping covers are
    /// overwritten, others stay.
    /// </summary>
    /// <param name="iova">From where.</param>
    /// <param name="length">Bytes; must not cut a mapping in two.</param>
    /// <param name="bitmap">Room for a bit a page.</param>
    /// <param name="pageSize">Bytes that one bit stands for: the smallest page of the container.</param>
    /// <returns>How many bytes were mapped there.</returns>
    /// <exception cref="ArgumentException"><paramref name="bitmap"/> is too short.</exception>
    /// <exception cref="VfioException">EINVAL: no record was begun, another page size, or the range cuts a mapping.</exception>
    public ulong Unmap(ulong iova, ulong length, Span<ulong> bitmap, ulong pageSize = 4096)
    {
        int words = DirtyBitmap.WordsFor(length, pageSize);
        DirtyBitmap.CheckRoom(length, pageSize, bitmap);
        DirtyUnmap argument = new()
        {
            Head = new()
            {
                Argsz = (uint)StructBytes.SizeOf<DirtyUnmap>(),
                Flags = VfioUapi.VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
                Iova = iova,
                Size = length,
            },
            Bitmap = new() { Pgsize = pageSize, Size = (ulong)words * sizeof(ulong) },
        };
        lock (_lock)
        {
            Handle.Check(
                Handle.Ioctl(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref argument, ref argument.Bitmap.Data, (ReadOnlySpan<ulong>)bitmap),
                nameof(VfioUapi.VFIO_IOMMU_UNMAP_DMA),
                $"IOVA 0x{iova:x}, 0x{length:x} bytes");
            _allocator.Release(iova, length);
        }

        Interlocked.Add(ref _mappedBytes, 0UL - argument.Head.Size);
        return argument.Head.Size;
    }

    /// <summary>
    /// Takes the process's addresses away from mappings that stay as they are for devices (VFIO_IOMMU_UNMAP_DMA, VADDR), so that another process, after exec for example, can give its own
    /// (<see cref="UpdateAddress"/>).
    /// </summary>
    /// <param name="iova">From where.</param>
    /// <param name="length">Bytes; must not cut a mapping in two.</param>
    /// <exception cref="VfioException">EINVAL: taken already, or no such extension (VFIO_UPDATE_VADDR). EBUSY: a mediated device is in the container.</exception>
    public void InvalidateAddresses(ulong iova, ulong length)
    {
        VfioIommuType1DmaUnmap argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaUnmap>(),
            Flags = VfioUapi.VFIO_DMA_UNMAP_FLAG_VADDR,
            Iova = iova,
            Size = length,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref argument), "VFIO_IOMMU_UNMAP_DMA(VADDR)", $"IOVA 0x{iova:x}, 0x{length:x} bytes");
    }

    /// <summary>As above, of every mapping (VFIO_IOMMU_UNMAP_DMA, VADDR and ALL).</summary>
    /// <exception cref="VfioException">EINVAL: taken already, or no such extension. EBUSY: a mediated device is in the container.</exception>
    public void InvalidateAllAddresses()
    {
        VfioIommuType1DmaUnmap argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaUnmap>(),
            Flags = VfioUapi.VFIO_DMA_UNMAP_FLAG_VADDR | VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref argument), "VFIO_IOMMU_UNMAP_DMA(VADDR, ALL)");
    }

    /// <summary>Gives a mapping the address its memory has in this process (VFIO_IOMMU_MAP_DMA, VADDR): the same memory, which devices went on using.</summary>
    /// <param name="iova">The mapping's first address.</param>
    /// <param name="address">Where its memory is here.</param>
    /// <param name="length">The mapping's bytes, all of them.</param>
    /// <exception cref="VfioException">ENOENT: no such mapping. EINVAL: its address was not taken, or not the whole of it.</exception>
    public void UpdateAddress(ulong iova, nint address, ulong length)
    {
        VfioIommuType1DmaMap argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DmaMap>(),
            Flags = VfioUapi.VFIO_DMA_MAP_FLAG_VADDR,
            Vaddr = (ulong)address,
            Iova = iova,
            Size = length,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_IOMMU_MAP_DMA, ref argument), "VFIO_IOMMU_MAP_DMA(VADDR)", $"IOVA 0x{iova:x}, 0x{length:x} bytes");
    }

    private void DirtyPages(uint flags, string operation)
    {
        VfioIommuType1DirtyBitmap argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioIommuType1DirtyBitmap>(), Flags = flags };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_IOMMU_DIRTY_PAGES, ref argument), operation);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct DirtyGet
    {
        public VfioIommuType1DirtyBitmap Head;
        public VfioIommuType1DirtyBitmapGet Get;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct DirtyUnmap
    {
        public VfioIommuType1DmaUnmap Head;
        public VfioBitmap Bitmap;
    }
}
