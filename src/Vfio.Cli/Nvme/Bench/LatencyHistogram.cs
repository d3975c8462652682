using System.Numerics;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>
/// Counts of latencies by their size: each power of two in 128 equal parts, so that a figure read from it is at most 0.8 % too high. Recording allocates nothing. For one
/// thread; those of several are added up.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int PartBits = 7;
    private const int Parts = 1 << PartBits;

    // 2^40 ns are 18 minutes: no command is waited for so long.
    private const int Octaves = 40 - PartBits;
    private const long Longest = (1L << 40) - 1;

    private readonly long[] _counts = new long[(Octaves + 1) * Parts];
    private Int128 _sum;

    /// <summary>How many were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The shortest, in nanoseconds; 0 where there is none.</summary>
    public long Minimum { get; private set; }

    /// <summary>The longest, in nanoseconds.</summary>
    public long Maximum { get; private set; }

    /// <summary>In nanoseconds; 0 where nothing was recorded.</summary>
    public double Mean => Count == 0 ? 0 : (double)_sum / Count;

    public void Record(long nanoseconds)
    {
        long value = Math.Clamp(nanoseconds, 0, Longest);
        _counts[IndexOf(value)]++;
        Minimum = Count == 0 ? value : Math.Min(Minimum, value);
        Maximum = Math.Max(Maximum, value);
        Count++;
        _sum += value;
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        if (other.Count != 0)
        {
            Minimum = Count == 0 ? other.Minimum : Math.Min(Minimum, other.Minimum);
            Maximum = Math.Max(Maximum, other.Maximum);
            Count += other.Count;
            _sum += other._sum;
        }
    }

    /// <summary>What this share of all was not longer than, in nanoseconds.</summary>
    /// <param name="share">From 0 to 1.</param>
    public long At(double share)
    {
        long wanted = Math.Clamp((long)Math.Ceiling(share * Count), 1, Math.Max(1, Count));
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted)
            {
                return Math.Clamp(HighestOf(i), Minimum, Maximum);
            }
        }

        return Maximum;
    }

    private static int IndexOf(long value)
    {
        int shift = Math.Max(0, 63 - BitOperations.LeadingZeroCount((ulong)value) - PartBits);
        return (shift * Parts) + (int)(value >> shift);
    }

    private static long HighestOf(int index)
    {
        int shift = Math.Max(0, (index / Parts) - 1);
        return ((index - (shift * Parts) + 1L) << shift) - 1;
    }
}
