using System.Numerics;

namespace Vfio;

/// <summary>
/// Chooses I/O virtual addresses where the kernel does not: a type1 container takes only fixed ones. The lowest fit, as iommufd does it
/// (Linux: drivers/iommu/iommufd/io_pagetable.c iopt_alloc_iova), and never 0.
/// </summary>
/// <remarks>Not synchronised: its container holds a lock.</remarks>
internal sealed class IovaAllocator
{
    private const ulong LargestAlignment = 2 << 20;
    private readonly List<IovaRange> _used = [];

    /// <summary>The alignment that lets the IOMMU use large pages: as much as length and memory have in common, at most 2 MiB.</summary>
    public static ulong AlignmentFor(ulong address, ulong length, ulong pageSize)
    {
        ulong bySize = length > LargestAlignment ? LargestAlignment : BitOperations.RoundUpToPowerOf2(length);
        ulong byAddress = address == 0 ? LargestAlignment : 1UL << BitOperations.TrailingZeroCount(address);
        return Math.Max(pageSize, Math.Min(bySize, byAddress));
    }

    /// <summary>Takes the lowest free span inside one of <paramref name="ranges"/> and not beyond <paramref name="lastIova"/>.</summary>
    /// <param name="ranges">Ascending.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="alignment">A power of two; address 0 is passed over.</param>
    /// <param name="lastIova">The last address the span may touch.</param>
    /// <param name="iova">Where it starts.</param>
    public bool TryAllocate(IReadOnlyList<IovaRange> ranges, ulong length, ulong alignment, ulong lastIova, out ulong iova)
    {
        iova = 0;
        if (length == 0)
        {
            return false;
        }

        foreach (IovaRange range in ranges)
        {
            ulong last = Math.Min(range.Last, lastIova);
            ulong candidate = Math.Max(range.First, alignment);
            int next = FirstEndingAtOrAfter(candidate);
            while (TryAlign(ref candidate, alignment) && candidate <= last && length - 1 <= last - candidate)
            {
                while (next < _used.Count && _used[next].Last < candidate)
                {
                    next++;
                }

                if (next == _used.Count || _used[next].First > candidate + (length - 1))
                {
                    iova = candidate;
                    _used.Insert(next, new IovaRange(candidate, candidate + (length - 1)));
                    return true;
                }

                if (_used[next].Last == ulong.MaxValue)
                {
                    return false;
                }

                candidate = _used[next].Last + 1;
            }
        }

        return false;
    }

    /// <summary>Takes a given span; false where it overlaps one taken already, or wraps.</summary>
    public bool TryReserve(ulong iova, ulong length)
    {
        if (length == 0 || length - 1 > ulong.MaxValue - iova)
        {
            return false;
        }

        int at = FirstEndingAtOrAfter(iova);
        if (at < _used.Count && _used[at].First <= iova + (length - 1))
        {
            return false;
        }

        _used.Insert(at, new IovaRange(iova, iova + (length - 1)));
        return true;
    }

    /// <summary>Gives the spans back that lie wholly inside [iova, iova + length).</summary>
    public void Release(ulong iova, ulong length)
    {
        if (length == 0)
        {
            return;
        }

        ulong last = length - 1 > ulong.MaxValue - iova ? ulong.MaxValue : iova + (length - 1);
        int at = FirstEndingAtOrAfter(iova);
        int end = at;
        while (end < _used.Count && _used[end].First >= iova && _used[end].Last <= last)
        {
            end++;
        }

        _used.RemoveRange(at, end - at);
    }

    /// <summary>Gives everything back.</summary>
    public void Clear() => _used.Clear();

    private static bool TryAlign(ref ulong value, ulong alignment)
    {
        ulong aligned = (value + (alignment - 1)) & ~(alignment - 1);
        if (aligned < value)
        {
            return false;
        }

        value = aligned;
        return true;
    }

    private int FirstEndingAtOrAfter(ulong iova)
    {
        int low = 0;
        int high = _used.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_used[middle].Last < iova)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
