namespace Vfio.Hardware.Iommus;

/// <summary>One I/O page table. Linux: struct iommu_domain of paging type.</summary>
public sealed class IommuDomain
{
    internal IommuDomain(IommuUnit unit) => Unit = unit;

    /// <summary>The unit it was made for.</summary>
    public IommuUnit Unit { get; }

    /// <summary>The first address it translates.</summary>
    public ulong ApertureFirst => Unit.ApertureFirst;

    /// <summary>The last address it translates.</summary>
    public ulong ApertureLast => Unit.ApertureLast;

    /// <summary>One bit a supported page size.</summary>
    public ulong PageSizes => Unit.PageSizes;

    /// <summary>No-snoop DMA through it is snooped all the same.</summary>
    public bool EnforcesCoherency { get; private set; }

    /// <summary>
    /// domain_ops.enforce_cache_coherency: from now on DMA snoops, or false when the unit cannot. Must come before the first map
    /// (VT-d refuses later); never undone.
    /// </summary>
    public bool EnforceCoherency()
    {
        if (!Unit.CanEnforceCoherency)
        {
            return false;
        }

        EnforcesCoherency = true;
        return true;
    }

    /// <summary>Maps [<paramref name="iova"/>, + <paramref name="length"/>) to the backing from <paramref name="offset"/>. The caller holds the backing until it has unmapped.</summary>
    /// <param name="iova">Page aligned; inside the aperture; nothing is mapped there.</param>
    /// <param name="backing">The memory.</param>
    /// <param name="offset">Page aligned, in the backing.</param>
    /// <param name="length">Bytes, a multiple of a page.</param>
    /// <param name="access">What a device may do.</param>
    public void Map(ulong iova, DmaBacking backing, ulong offset, ulong length, DmaAccess access) => throw new NotImplementedException();

    /// <summary>
    /// Removes what is mapped in [<paramref name="iova"/>, + <paramref name="length"/>) and waits until no device can still be using it.
    /// Returns the bytes unmapped.
    /// </summary>
    public ulong Unmap(ulong iova, ulong length) => throw new NotImplementedException();

    /// <summary>A device reads memory. False, with nothing promised of the buffer, when a page is not mapped for reading.</summary>
    public bool TryRead(ulong iova, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>A device writes memory. False when a page is not mapped for writing; pages before it have been written.</summary>
    public bool TryWrite(ulong iova, ReadOnlySpan<byte> source) => throw new NotImplementedException();
}
