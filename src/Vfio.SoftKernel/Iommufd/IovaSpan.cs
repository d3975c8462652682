namespace Vfio.SoftKernel.Iommufd;

/// <summary>A run of I/O addresses, both ends in it.</summary>
internal readonly record struct IovaSpan(ulong Start, ulong Last)
{
    /// <summary>Sorts ranges and joins those that overlap or touch. Linux: interval_tree_span_iter.</summary>
    public static IovaSpan[] Join(IEnumerable<IovaSpan> ranges)
    {
        List<IovaSpan> joined = [];
        foreach (IovaSpan range in ranges.OrderBy(static range => range.Start))
        {
            if (joined.Count != 0 && (joined[^1].Last >= range.Start || joined[^1].Last + 1 == range.Start))
            {
                joined[^1] = new IovaSpan(joined[^1].Start, Math.Max(joined[^1].Last, range.Last));
            }
            else
            {
                joined.Add(range);
            }
        }

        return [.. joined];
    }
}
