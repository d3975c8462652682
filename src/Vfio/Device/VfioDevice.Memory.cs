namespace Vfio;

// Memory the function reaches, and the registers the program does.
public sealed partial class VfioDevice
{
    private bool _memoryUnreachable;

    /// <summary>Where memory can be mapped for it now (IOMMU_IOAS_IOVA_RANGES, or VFIO_IOMMU_GET_INFO).</summary>
    public IovaRanges GetIovaRanges() => _mapper.GetIovaRanges();

    /// <summary>
    /// Makes a buffer for DMA and maps it; turns <see cref="BusMaster"/> on. The caller disposes it.
    /// </summary>
    /// <param name="length">Bytes; whole pages are made.</param>
    /// <param name="access">What the function may do to it.</param>
    /// <param name="iova">The I/O virtual address it must have; null takes the lowest that fits, never 0.</param>
    /// <param name="lastIova">The last address it may touch, for functions that do not address all 64 bits.</param>
    /// <exception cref="VfioException">
    /// ENOMEM: RLIMIT_MEMLOCK, with what is set and needed. EEXIST: overlaps a mapping. EINVAL: misaligned or outside the ranges, which it names. ENOSPC: nothing free below
    /// <paramref name="lastIova"/>.
    /// </exception>
    public DmaBuffer AllocateDma(ulong length, DmaAccess access = DmaAccess.ReadWrite, ulong? iova = null, ulong lastIova = ulong.MaxValue)
    {
        DmaBuffer buffer = DmaBuffer.Create(Handle.Calls, length, (address, whole) => MapDma(address, whole, access, iova, lastIova));
        try
        {
            BusMaster = true;
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Maps memory of the caller's; <see cref="BusMaster"/> stays as it is.</summary>
    /// <param name="address">
    /// Native memory, page aligned, kept by the caller until the mapping is disposed. Never a pinned managed array: the collector's heap shares its pages with other objects.
    /// </param>
    /// <param name="length">Bytes, whole pages.</param>
    /// <param name="access">What the function may do to it.</param>
    /// <param name="iova">The I/O virtual address it must have; null takes the lowest that fits, never 0.</param>
    /// <param name="lastIova">The last address it may touch.</param>
    /// <exception cref="VfioException">As <see cref="AllocateDma"/>; and EFAULT: not mapped memory.</exception>
    public DmaMapping MapDma(nint address, ulong length, DmaAccess access = DmaAccess.ReadWrite, ulong? iova = null, ulong lastIova = ulong.MaxValue)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Track(_mapper.Map(address, length, access, iova, lastIova), length, access);
    }

    /// <summary>Maps a file (IOMMU_IOAS_MAP_FILE); <see cref="BusMaster"/> stays as it is. Only for a device opened by its node.</summary>
    /// <param name="file">A memfd or a dma-buf; the kernel keeps its own reference.</param>
    /// <param name="start">From where in it, in bytes.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="access">What the function may do to it.</param>
    /// <param name="iova">The I/O virtual address it must have; null takes the lowest that fits, never 0.</param>
    /// <param name="lastIova">The last address it may touch.</param>
    /// <exception cref="VfioException">EOPNOTSUPP: opened by group. ENOTTY: the kernel is older than 6.14. EINVAL: past the file's end.</exception>
    public DmaMapping MapDmaFile(
        VfioFileHandle file,
        ulong start,
        ulong length,
        DmaAccess access = DmaAccess.ReadWrite,
        ulong? iova = null,
        ulong lastIova = ulong.MaxValue)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Track(_mapper.MapFile(file, start, length, access, iova, lastIova), length, access);
    }

    private DmaMapping Track(ulong iova, ulong length, DmaAccess access)
    {
        DmaMapping mapping = new(_mapper, iova, length, access, Forget);
        lock (_lock)
        {
            if (!_disposed)
            {
                _mappings.Add(mapping);
                return mapping;
            }
        }

        TryTo(mapping.Unmap);
        throw new ObjectDisposedException(nameof(VfioDevice));
    }

    private void Forget(DmaMapping mapping)
    {
        lock (_lock)
        {
            _mappings.Remove(mapping);
        }
    }

    private void SuspendRegions(bool suspended)
    {
        lock (_lock)
        {
            _memoryUnreachable = suspended;
            foreach (Region region in _regions.Values)
            {
                region.Suspend(suspended);
            }
        }
    }
}
