using System.Diagnostics;
using System.Numerics;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>Which addresses may be mapped, and where one that is not chosen goes. Linux: drivers/iommu/iommufd/io_pagetable.c.</content>
internal sealed partial class Ioas
{
    /// <summary>HPAGE_SIZE: automatic addresses are aligned to no more than what one large page can use.</summary>
    private const ulong LargestAlignment = 2 << 20;

    private readonly List<(IovaSpan Span, object Owner)> _reserved = [];
    private IovaSpan[] _reservedSpans = [];
    private IovaSpan[] _allowed = [];
    private IovaSpan[] _allowedSpans = [];

    // What the last automatic allocation learned: nothing of this length and alignment fits below. It keeps the lowest fit from walking all areas each time.
    private ulong _noFitBelow;
    private ulong _noFitLength;
    private ulong _noFitAlignment;

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
}
