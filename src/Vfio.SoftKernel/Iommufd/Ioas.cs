using System.Diagnostics;
using System.Numerics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// An I/O address space: what is mapped where, whatever page tables it is loaded into. Linux: struct iommufd_ioas and its io_pagetable,
/// drivers/iommu/iommufd/io_pagetable.c.
/// </summary>
/// <remarks>
/// <see cref="HwptLock"/> is ioas->mutex. <see cref="_lock"/> stands for domains_rwsem and iova_rwsem together: a map holds it while it pins, so nobody ever
/// meets a half-built area. An address space with no page table pins nothing.
/// </remarks>
internal sealed class Ioas : KernelObject
{
    private const ulong PageSize = 4096;

    /// <summary>HPAGE_SIZE: automatic addresses are aligned to no more than what one large page can use.</summary>
    private const ulong LargestAlignment = 2 << 20;

    private readonly Lock _lock = new();
    private readonly AreaTree _areas = new();
    private readonly List<IommuDomain> _domains = [];
    private readonly List<(IovaSpan Span, object Owner)> _reserved = [];
    private IovaSpan[] _reservedSpans = [];
    private IovaSpan[] _allowed = [];
    private IovaSpan[] _allowedSpans = [];
    private bool _largePagesDisabled;

    // What the last automatic allocation learned: nothing of this length and alignment fits below. It keeps the lowest fit from walking all areas each time.
    private ulong _noFitBelow;
    private ulong _noFitLength;
    private ulong _noFitAlignment;

    /// <summary>ioas->mutex: the list of page tables, and the choice of an automatic one.</summary>
    public Lock HwptLock { get; } = new();

    /// <summary>Its page tables in the order they were made. Under <see cref="HwptLock"/>.</summary>
    public List<Hwpt> Hwpts { get; } = [];

    /// <summary>The iommufd whose compatibility IOAS this may be.</summary>
    public required IommufdFile Context { get; init; }

    /// <summary>What every address, length and offset of a mapping is a multiple of.</summary>
    public ulong Alignment { get; private set; } = 1;

    /// <summary>IOMMU_OPTION_HUGE_PAGES.</summary>
    public bool LargePagesDisabled => Volatile.Read(ref _largePagesDisabled);

    /// <summary>iopt_map_pages of one piece.</summary>
    public Errno Map(IoasPages pages, ulong startByte, ulong length, ref ulong iova, DmaAccess access, bool fixedIova)
    {
        IoasArea area = new(pages, startByte) { Last = length - 1 };
        return Map(area, length, ref iova, access, fixedIova);
    }

    /// <summary>
    /// iopt_map_pages: puts new areas (each with its length; the next in <see cref="IoasArea.Left"/>) one after the other at <paramref name="iova"/>, or where
    /// they fit. All or none; on failure the pages stay the caller's.
    /// </summary>
    public Errno Map(IoasArea chain, ulong length, ref ulong iova, DmaAccess access, bool fixedIova)
    {
        lock (_lock)
        {
            if (length == 0 || (length & (Alignment - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            ulong place = iova;
            Errno error = fixedIova ? CheckIova(place, length) : AllocateIova(out place, chain.Pages.Start + chain.StartByte, length);
            if (error != Errno.None)
            {
                return error;
            }

            ulong next = place;
            for (IoasArea? area = chain; area is not null; area = area.Left)
            {
                error = Check(area, next, access);
                if (error != Errno.None)
                {
                    return error;
                }

                next = area.Last + 1;
            }

            for (IoasArea? area = chain; area is not null; area = area.Left)
            {
                error = Fill(area);
                if (error != Errno.None)
                {
                    for (IoasArea undo = chain; undo != area; undo = undo.Left!)
                    {
                        Unfill(undo);
                    }

                    return error;
                }
            }

            for (IoasArea? area = chain; area is not null;)
            {
                IoasArea? following = area.Left;
                _areas.Insert(area);
                area = following;
            }

            iova = place;
            return Errno.None;
        }
    }

    /// <summary>
    /// iopt_get_pages: what stands at [<paramref name="iova"/>, + <paramref name="length"/>) as new areas, chained for
    /// <see cref="Map(IoasArea, ulong, ref ulong, DmaAccess, bool)"/>, each with a reference on its pages. ENOENT over a hole.
    /// </summary>
    public Errno GetPages(ulong iova, ulong length, out IoasArea? chain)
    {
        chain = null;
        if (length == 0)
        {
            return Errno.EINVAL;
        }

        if (iova + (length - 1) < iova)
        {
            return Errno.EOVERFLOW;
        }

        ulong last = iova + (length - 1);
        IoasArea? first = null;
        IoasArea? tail = null;
        lock (_lock)
        {
            while (true)
            {
                IoasArea? area = _areas.First(iova, iova);
                if (area is null)
                {
                    for (; first is not null; first = first.Left)
                    {
                        first.Pages.Release();
                    }

                    return Errno.ENOENT;
                }

                ulong partLast = Math.Min(last, area.Last);
                IoasArea part = new(area.Pages, area.StartByte + (iova - area.Start)) { Last = partLast - iova };
                area.Pages.Acquire();
                if (tail is null)
                {
                    first = part;
                }
                else
                {
                    tail.Left = part;
                }

                tail = part;
                if (partLast == last)
                {
                    chain = first;
                    return Errno.None;
                }

                iova = partLast + 1;
            }
        }
    }

    /// <summary>
    /// iopt_unmap_iova_range: whole areas go, in ascending order; none is no error. ENOENT at one that reaches outside: those before it are gone by then.
    /// </summary>
    public Errno Unmap(ulong start, ulong last, out ulong bytes)
    {
        bytes = 0;
        lock (_lock)
        {
            while (_areas.First(start, last) is { } area)
            {
                if (area.Start < start || area.Last > last)
                {
                    return Errno.ENOENT;
                }

                Drop(area);
                bytes += area.Length;
            }
        }

        return Errno.None;
    }

    /// <summary>iopt_unmap_all.</summary>
    public void UnmapAll(out ulong bytes) => Unmap(0, ulong.MaxValue, out bytes);

    /// <summary>iopt_cut_iova: areas that go on past <paramref name="last"/> are cut after it, for the type1 calls that unmap in the middle.</summary>
    public Errno Cut(ulong last)
    {
        lock (_lock)
        {
            if (_areas.First(last, last) is not { } area || last == area.Start || last == area.Last)
            {
                // The kernel too takes a cut after the very first byte for none (iopt_area_split).
                return Errno.None;
            }

            ulong next = last + 1;
            ulong nextByte = area.StartByte + (next - area.Start);
            if ((next & (Alignment - 1)) != 0 || (nextByte & (Alignment - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            if (_domains.Count != 0 && !_largePagesDisabled)
            {
                return Errno.EINVAL;
            }

            _areas.Remove(area);
            IoasArea left = new(area.Pages, area.StartByte) { Start = area.Start, Last = last, Access = area.Access };
            IoasArea right = new(area.Pages, nextByte) { Start = next, Last = area.Last, Access = area.Access };
            area.Pages.Acquire();
            if (area.Backing is not null)
            {
                area.Pages.SplitPin(area, left, right);
            }

            _areas.Insert(left);
            _areas.Insert(right);
            return Errno.None;
        }
    }

    /// <summary>The addresses that are not reserved, and the alignment at that moment. IOMMU_IOAS_IOVA_RANGES.</summary>
    public IovaSpan[] FreeRanges(out ulong alignment)
    {
        lock (_lock)
        {
            alignment = Alignment;
            List<IovaSpan> free = [];
            ulong start = 0;
            foreach (IovaSpan span in _reservedSpans)
            {
                if (span.Start > start)
                {
                    free.Add(new IovaSpan(start, span.Start - 1));
                }

                if (span.Last == ulong.MaxValue)
                {
                    return [.. free];
                }

                start = span.Last + 1;
            }

            free.Add(new IovaSpan(start, ulong.MaxValue));
            return [.. free];
        }
    }

    /// <summary>iopt_set_allow_iova: automatic addresses come only from these; none: from everywhere. EADDRINUSE when one is reserved.</summary>
    public Errno SetAllowed(IovaSpan[] allowed)
    {
        lock (_lock)
        {
            if (allowed.Any(range => IsReserved(range.Start, range.Last)))
            {
                return Errno.EADDRINUSE;
            }

            _allowed = allowed;
            _allowedSpans = IovaSpan.Join(allowed);
            _noFitBelow = 0;
            return Errno.None;
        }
    }

    /// <summary>
    /// iopt_table_enforce_dev_resv_regions: keeps mappings out of the device's reserved ranges. EADDRINUSE when one is there already.
    /// </summary>
    public Errno ReserveFor(SoftDevice device)
    {
        lock (_lock)
        {
            foreach (ReservedRegion region in device.ReservedRegions)
            {
                if (region.Kind == ReservedRegionKind.DirectRelaxable)
                {
                    continue;
                }

                Errno error = Reserve(region.Start, region.Last, device);
                if (error != Errno.None)
                {
                    Unreserve(device);
                    return error;
                }
            }

            return Errno.None;
        }
    }

    /// <summary>IOMMU_TEST_OP_ADD_RESERVED: keeps mappings out of a range for as long as the address space lives.</summary>
    public Errno ReserveForTest(ulong start, ulong last)
    {
        lock (_lock)
        {
            return Reserve(start, last, this);
        }
    }

    /// <summary>iopt_remove_reserved_iova.</summary>
    public void UnreserveFor(SoftDevice device)
    {
        lock (_lock)
        {
            Unreserve(device);
        }
    }

    /// <summary>
    /// iopt_table_add_domain: loads every mapping into a page table that was just made. EINVAL when its smallest page is larger than ours, EADDRINUSE when a
    /// mapping is misaligned for it or outside its reach; EFAULT, ENOMEM from pinning.
    /// </summary>
    public Errno AddDomain(IommuDomain domain)
    {
        lock (_lock)
        {
            ulong alignment = Math.Max(SmallestPage(domain), Alignment);
            if (alignment > PageSize)
            {
                return Errno.EINVAL;
            }

            if (alignment != Alignment && !AreasAreAligned(alignment))
            {
                return Errno.EADDRINUSE;
            }

            Errno error = domain.ApertureFirst == 0 ? Errno.None : Reserve(0, domain.ApertureFirst - 1, domain);
            if (error == Errno.None && domain.ApertureLast != ulong.MaxValue)
            {
                error = Reserve(domain.ApertureLast + 1, ulong.MaxValue, domain);
            }

            if (error == Errno.None)
            {
                error = FillDomain(domain);
            }

            if (error != Errno.None)
            {
                Unreserve(domain);
                return error;
            }

            Alignment = alignment;
            _domains.Add(domain);
            return Errno.None;
        }
    }

    /// <summary>iopt_table_remove_domain: with the last page table the pins go too.</summary>
    public void RemoveDomain(IommuDomain domain)
    {
        lock (_lock)
        {
            _domains.Remove(domain);
            for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
            {
                domain.Unmap(area.Start, area.Length);
                if (_domains.Count == 0)
                {
                    area.Pages.Unpin(area);
                }
            }

            Unreserve(domain);
            RecalculateAlignment();
        }
    }

    /// <summary>iopt_disable_large_pages: EINVAL once mappings stand in a page table, EADDRINUSE when one is not page aligned.</summary>
    public Errno DisableLargePages()
    {
        lock (_lock)
        {
            if (_largePagesDisabled)
            {
                return Errno.None;
            }

            if (_domains.Count != 0 && !_areas.IsEmpty)
            {
                return Errno.EINVAL;
            }

            _largePagesDisabled = true;
            if (RecalculateAlignment())
            {
                return Errno.None;
            }

            _largePagesDisabled = false;
            return Errno.EADDRINUSE;
        }
    }

    /// <summary>iopt_enable_large_pages.</summary>
    public void EnableLargePages()
    {
        lock (_lock)
        {
            _largePagesDisabled = false;
            RecalculateAlignment();
        }
    }

    /// <summary>The page sizes every page table has; all ones when there is none.</summary>
    public ulong CommonPageSizes()
    {
        lock (_lock)
        {
            ulong sizes = ulong.MaxValue;
            foreach (IommuDomain domain in _domains)
            {
                sizes &= domain.PageSizes;
            }

            return sizes;
        }
    }

    /// <summary>iommufd_ioas_destroy.</summary>
    internal override void OnDestroyed()
    {
        Context.ForgetCompatIoas(this);
        UnmapAll(out _);
    }

    /// <summary>iopt_check_iova.</summary>
    private Errno CheckIova(ulong iova, ulong length)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if ((iova & (Alignment - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        ulong last = iova + (length - 1);
        if (last < iova)
        {
            return Errno.EOVERFLOW;
        }

        return IsReserved(iova, last) ? Errno.EINVAL : _areas.First(iova, last) is not null ? Errno.EEXIST : Errno.None;
    }

    /// <summary>iopt_insert_area, but for the tree.</summary>
    private Errno Check(IoasArea area, ulong iova, DmaAccess access)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if ((access & DmaAccess.Write) != 0 && !area.Pages.Writable)
        {
            return Errno.EPERM;
        }

        if ((area.PageOffset & (Alignment - 1)) != 0)
        {
            return Errno.EINVAL;
        }

        // Until here Start is 0 and Last the length less one.
        ulong last = iova + (area.Last - area.Start);
        if (last < iova)
        {
            return Errno.EOVERFLOW;
        }

        area.Start = iova;
        area.Last = last;
        area.Access = access;
        return Errno.None;
    }

    /// <summary>
    /// iopt_alloc_iova: the lowest place in the allowed addresses, never 0 and never the last page, that keeps as much of the memory's own alignment as a large
    /// page could use.
    /// </summary>
    private Errno AllocateIova(out ulong iova, ulong address, ulong length)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        iova = 0;
        if (length == 0 || length >= ulong.MaxValue / 2)
        {
            return Errno.EOVERFLOW;
        }

        ulong alignment = Math.Min(BitOperations.RoundUpToPowerOf2(length), LargestAlignment);
        if (address != 0)
        {
            alignment = Math.Min(alignment, address & (0 - address));
        }

        if (alignment < Alignment)
        {
            return Errno.EINVAL;
        }

        ulong pageOffset = address % PageSize;
        bool hinted = pageOffset == 0 && length >= _noFitLength && alignment >= _noFitAlignment;
        ReadOnlySpan<IovaSpan> allowedSpans = _allowedSpans.Length != 0 ? _allowedSpans : [new IovaSpan(PageSize, ulong.MaxValue - PageSize)];
        foreach (IovaSpan allowed in allowedSpans)
        {
            ulong start = Math.Max(allowed.Start, PageSize);
            ulong last = Math.Min(allowed.Last, ulong.MaxValue - PageSize);
            if (start > last || !Fits(ref start, last, length, alignment, pageOffset))
            {
                continue;
            }

            if (hinted && _noFitBelow > start)
            {
                start = _noFitBelow;
            }

            if (start <= last && FindHole(ref start, last, length, alignment, pageOffset))
            {
                iova = start;
                if (pageOffset == 0)
                {
                    _noFitBelow = start;
                    _noFitLength = length;
                    _noFitAlignment = alignment;
                }

                return Errno.None;
            }
        }

        return Errno.ENOSPC;
    }

    /// <summary>The lowest hole between what is reserved and what is mapped, in [<paramref name="start"/>, <paramref name="last"/>], that takes the length.</summary>
    private bool FindHole(ref ulong start, ulong last, ulong length, ulong alignment, ulong pageOffset)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        ulong position = start;
        int span = 0;
        while (true)
        {
            while (span < _reservedSpans.Length && _reservedSpans[span].Last < position)
            {
                span++;
            }

            ulong holeLast = last;
            ulong next = 0;
            if (span < _reservedSpans.Length && _reservedSpans[span].Start <= last)
            {
                if (_reservedSpans[span].Start <= position)
                {
                    if (_reservedSpans[span].Last >= last)
                    {
                        return false;
                    }

                    position = _reservedSpans[span].Last + 1;
                    continue;
                }

                holeLast = _reservedSpans[span].Start - 1;
                next = _reservedSpans[span].Last;
            }

            if (_areas.First(position, holeLast) is { } area)
            {
                if (area.Start <= position)
                {
                    if (area.Last >= last)
                    {
                        return false;
                    }

                    position = area.Last + 1;
                    continue;
                }

                holeLast = area.Start - 1;
                next = area.Last;
            }

            ulong candidate = position;
            if (Fits(ref candidate, holeLast, length, alignment, pageOffset))
            {
                start = candidate;
                return true;
            }

            if (holeLast == last || next >= last)
            {
                return false;
            }

            position = next + 1;
        }
    }

    /// <summary>__alloc_iova_check_range: moves <paramref name="start"/> up to the alignment; does the length fit from there?</summary>
    private static bool Fits(ref ulong start, ulong last, ulong length, ulong alignment, ulong pageOffset)
    {
        if (last - start < length - 1 || start > ulong.MaxValue - (alignment - 1))
        {
            return false;
        }

        ulong aligned = ((start + (alignment - 1)) & ~(alignment - 1)) | pageOffset;
        if (aligned >= last || last - aligned < length - 1)
        {
            return false;
        }

        start = aligned;
        return true;
    }

    /// <summary>iopt_area_fill_domains: pins and maps an area where there are page tables; all or nothing.</summary>
    private Errno Fill(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (_domains.Count == 0)
        {
            return Errno.None;
        }

        Errno error = area.Pages.Pin(area);
        if (error != Errno.None)
        {
            return error;
        }

        foreach (IommuDomain domain in _domains)
        {
            domain.Map(area.Start, area.Backing!, area.BackingOffset, area.Length, area.Access);
        }

        return Errno.None;
    }

    /// <summary>iopt_area_unfill_domains.</summary>
    private void Unfill(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (area.Backing is null)
        {
            return;
        }

        foreach (IommuDomain domain in _domains)
        {
            domain.Unmap(area.Start, area.Length);
        }

        area.Pages.Unpin(area);
    }

    private void Drop(IoasArea area)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        _areas.Remove(area);
        if (area.Start < _noFitBelow)
        {
            _noFitBelow = _areas.Before(area.Start) is { } before ? before.Last + 1 : 0;
        }

        Unfill(area);
        area.Pages.Release();
    }

    /// <summary>iopt_fill_domain: loads all areas into one more page table, or none.</summary>
    private Errno FillDomain(IommuDomain domain)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
        {
            if (_domains.Count == 0)
            {
                Errno error = area.Pages.Pin(area);
                if (error != Errno.None)
                {
                    for (IoasArea undo = _areas.First(0, ulong.MaxValue)!; undo != area; undo = _areas.Next(undo)!)
                    {
                        domain.Unmap(undo.Start, undo.Length);
                        undo.Pages.Unpin(undo);
                    }

                    return error;
                }
            }

            domain.Map(area.Start, area.Backing!, area.BackingOffset, area.Length, area.Access);
        }

        return Errno.None;
    }

    /// <summary>iopt_reserve_iova.</summary>
    private Errno Reserve(ulong start, ulong last, object owner)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (_areas.First(start, last) is not null || Array.Exists(_allowed, range => range.Start <= last && range.Last >= start))
        {
            return Errno.EADDRINUSE;
        }

        _reserved.Add((new IovaSpan(start, last), owner));
        _reservedSpans = IovaSpan.Join(_reserved.Select(static entry => entry.Span));
        return Errno.None;
    }

    private void Unreserve(object owner)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (_reserved.RemoveAll(entry => ReferenceEquals(entry.Owner, owner)) != 0)
        {
            _reservedSpans = IovaSpan.Join(_reserved.Select(static entry => entry.Span));
            _noFitBelow = 0;
        }
    }

    private bool IsReserved(ulong start, ulong last)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        foreach (IovaSpan span in _reservedSpans)
        {
            if (span.Start <= last && span.Last >= start)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>iopt_calculate_iova_alignment: false, and nothing changed, when an area does not have it.</summary>
    private bool RecalculateAlignment()
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        ulong alignment = _largePagesDisabled ? PageSize : 1;
        foreach (IommuDomain domain in _domains)
        {
            alignment = Math.Max(alignment, SmallestPage(domain));
        }

        if (alignment > Alignment && !AreasAreAligned(alignment))
        {
            return false;
        }

        Alignment = alignment;
        return true;
    }

    private bool AreasAreAligned(ulong alignment)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
        {
            if (((area.Start | area.Length | area.PageOffset) & (alignment - 1)) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static ulong SmallestPage(IommuDomain domain) => domain.PageSizes & (0 - domain.PageSizes);
}
