using System.Numerics;

namespace Vfio.Hardware.Iommus;

/// <summary>One I/O page table. Linux: struct iommu_domain of paging type.</summary>
/// <remarks>
/// Writers hold <see cref="_lock"/>, a leaf of every lock order: under it only readers are waited for, who hold no lock. Translation takes
/// none (<see cref="DmaReadSections"/>).
/// </remarks>
public sealed partial class IommuDomain : DeviceDomain
{
    // Made in this order they lie in this order in memory: between what every map and unmap writes (the lock, the counts) and what every translation reads
    // (this object before, the backings and the table after) stands a cache line of what seldom changes.
    private readonly Dictionary<DmaBacking, int> _numbers = [];
    private readonly Lock _lock = new();
    private ulong[] _backingPages = new ulong[4];
    private readonly Stack<int> _freeNumbers = new();
    private readonly List<int> _emptied = [];
    private BackingSlot[] _backings = new BackingSlot[4];
    private readonly IoPageTable _table;
    private readonly int _pageShift;
    private readonly ulong _pageMask;
    private int _backingsUsed;

    // The backing used last keeps its number while nothing is mapped to it, so that mapping and unmapping one page costs no look-up; it goes
    // when another takes its place.
    private int _recent = -1;

    internal IommuDomain(IommuUnit unit, IommuGeometry geometry, bool tracksDirty)
        : base(unit)
    {
        Geometry = geometry;
        CanTrackDirty = tracksDirty;
        _pageMask = (geometry.PageSizes & (0 - geometry.PageSizes)) - 1;
        _pageShift = BitOperations.TrailingZeroCount(unit.PageSizes | geometry.PageSizes);
        _table = new IoPageTable(_pageShift, geometry.Last);
    }

    /// <summary>What it reaches.</summary>
    public IommuGeometry Geometry { get; }

    /// <summary>The first address it translates.</summary>
    public ulong ApertureFirst => Geometry.First;

    /// <summary>The last address it translates.</summary>
    public ulong ApertureLast => Geometry.Last;

    /// <summary>One bit a supported page size.</summary>
    public ulong PageSizes => Geometry.PageSizes;

    /// <summary>domain.dirty_ops: made to note which pages devices write.</summary>
    public bool CanTrackDirty { get; }

    /// <summary>A mapping that is for reading only is refused: an erratum of VT-d's second stage below a first. Linux: PT_FEAT_VTDSS_FORCE_WRITEABLE.</summary>
    public bool RefusesReadOnly { get; set; }

    /// <summary>iommu_map takes a mapping with this access; EINVAL otherwise. Without any it is virtio's alone to take: it has no page table to write (iommu_pt.h map_pages).</summary>
    public bool Takes(DmaAccess access)
        => access == DmaAccess.None ? Unit.Kind == IommuKind.Virtio : !RefusesReadOnly || (access & DmaAccess.Write) != 0;

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

    /// <summary>
    /// iommu_map: maps [<paramref name="iova"/>, + <paramref name="length"/>) to the backing from <paramref name="offset"/>. The caller holds
    /// the backing until it has unmapped.
    /// </summary>
    /// <param name="iova">Page aligned; inside the aperture.</param>
    /// <param name="backing">The memory.</param>
    /// <param name="offset">Page aligned, in the backing.</param>
    /// <param name="length">Bytes, a multiple of a page.</param>
    /// <param name="access">What a device may do.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, misaligned or outside the aperture or the backing.</exception>
    /// <exception cref="InvalidOperationException">Something is mapped there.</exception>
    public void Map(ulong iova, DmaBacking backing, ulong offset, ulong length, DmaAccess access)
    {
        ArgumentNullException.ThrowIfNull(backing);
        ulong last = CheckRange(iova, length);
        if ((offset & _pageMask) != 0 || offset > backing.Length || length > backing.Length - offset || offset + length > DmaBacking.Reach)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{offset:x}+{length:x} is misaligned, not in a backing of {backing.Length:x} bytes or past what a leaf can say.");
        }

        lock (_lock)
        {
            int number = NumberOf(backing);
            _table.Map(iova, last, number, offset >> _pageShift, (access & DmaAccess.Read) != 0, (access & DmaAccess.Write) != 0, LargestLeaf(backing));
            _backingPages[number] += length >> _pageShift;
        }
    }

    /// <summary>
    /// iommu_unmap: removes what is mapped in [<paramref name="iova"/>, + <paramref name="length"/>) and waits until no device can still be
    /// using it: what none has used is waited for by nobody. Returns the bytes unmapped.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty, misaligned or outside the aperture.</exception>
    public ulong Unmap(ulong iova, ulong length)
    {
        ulong last = CheckRange(iova, length);
        lock (_lock)
        {
            ulong bytes = _table.Unmap(iova, last, _backingPages, _emptied, out bool inUse);
            if (inUse)
            {
                DmaReadSections.WaitForReaders();
                _table.Reclaim();
            }

            if (_emptied.Count != 0)
            {
                ForgetEmptied();
            }

            return bytes;
        }
    }

    /// <summary>iova_to_phys: which memory stands at the address, and where in it. Null: nothing is mapped there.</summary>
    public DmaBacking? Find(ulong iova, out ulong offset)
    {
        // The lock keeps the slot from being given to another memory meanwhile.
        lock (_lock)
        {
            return _table.TryTranslate(iova, out ulong leaf, out offset, out _) ? _backings[IoPageTable.BackingOf(leaf)].Backing : null;
        }
    }

    /// <summary>Is there a translation of this address now? Looks without a read section: for who holds one open.</summary>
    internal bool PeekMapped(ulong iova) => _table.IsMapped(iova);

    private ulong CheckRange(ulong iova, ulong length)
    {
        if (length == 0 || ((iova | length) & _pageMask) != 0 || iova < ApertureFirst || iova > ApertureLast || length - 1 > ApertureLast - iova)
        {
            throw new ArgumentOutOfRangeException(nameof(iova), $"{iova:x}+{length:x} is empty, misaligned or outside the aperture.");
        }

        return iova + (length - 1);
    }

    private int NumberOf(DmaBacking backing)
    {
        if (_recent >= 0 && ReferenceEquals(_backings[_recent].Backing, backing))
        {
            return _recent;
        }

        if (!_numbers.TryGetValue(backing, out int number))
        {
            if (!_freeNumbers.TryPop(out number))
            {
                number = _backingsUsed++;
            }

            if (number == _backings.Length)
            {
                if (number == IoPageTable.MaxBackings)
                {
                    throw new InvalidOperationException($"More than {IoPageTable.MaxBackings} backings in one page table.");
                }

                // Readers may still hold the old array: every slot their leaves name is in it.
                BackingSlot[] grown = new BackingSlot[number * 2];
                _backings.CopyTo(grown, 0);
                Volatile.Write(ref _backings, grown);
                Array.Resize(ref _backingPages, grown.Length);
            }

            _backings[number] = new BackingSlot { Backing = backing, Address = backing.Address };
            _numbers.Add(backing, number);
        }

        if (_recent >= 0 && _recent != number && _backingPages[_recent] == 0)
        {
            Forget(_recent);
        }

        _recent = number;
        return number;
    }

    private void ForgetEmptied()
    {
        foreach (int number in _emptied)
        {
            if (number != _recent)
            {
                Forget(number);
            }
        }

        _emptied.Clear();
    }

    private void Forget(int number)
    {
        if (_backings[number].Backing is { } unused)
        {
            _numbers.Remove(unused);
            _backings[number] = default;
            _freeNumbers.Push(number);
        }
    }
}
