namespace Vfio.Hardware.Pci;

/// <summary>Which pages a function has written, in the ranges it was told to watch. Only what was written takes room.</summary>
public sealed class DmaWriteLog
{
    private readonly Lock _lock = new();
    private readonly (ulong First, ulong Last)[] _ranges;
    private readonly int _pageShift;
    private readonly SortedSet<ulong> _pages = [];

    /// <summary>An empty log.</summary>
    /// <param name="ranges">First and last addresses to watch.</param>
    /// <param name="pageSize">What is told apart, a power of two.</param>
    public DmaWriteLog(IEnumerable<(ulong First, ulong Last)> ranges, ulong pageSize)
    {
        _ranges = [.. ranges];
        _pageShift = System.Numerics.BitOperations.Log2(pageSize);
    }

    /// <summary>The function has written [<paramref name="iova"/>, + <paramref name="length"/>).</summary>
    public void Mark(ulong iova, int length)
    {
        if (length == 0)
        {
            return;
        }

        ulong end = iova + ((ulong)length - 1);
        lock (_lock)
        {
            foreach ((ulong first, ulong last) in _ranges)
            {
                if (iova > last || end < first)
                {
                    continue;
                }

                for (ulong page = Math.Max(iova, first) >> _pageShift; page <= Math.Min(end, last) >> _pageShift; page++)
                {
                    _pages.Add(page);
                }
            }
        }
    }

    /// <summary>The pages written in [<paramref name="first"/>, <paramref name="last"/>] since they were last taken, as address and length; they are forgotten.</summary>
    public IReadOnlyList<(ulong Iova, ulong Length)> Take(ulong first, ulong last)
    {
        lock (_lock)
        {
            ulong[] taken = [.. _pages.GetViewBetween(first >> _pageShift, last >> _pageShift)];
            _pages.ExceptWith(taken);
            return [.. taken.Select(page => (page << _pageShift, 1UL << _pageShift))];
        }
    }
}
