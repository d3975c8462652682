namespace Vfio;

/// <summary>The addresses at which a mapping may lie, as the kernel gives them.</summary>
/// <param name="Ranges">Ascending, never overlapping. What reserved regions and the IOMMU's aperture leave.</param>
/// <param name="Alignment">What an address and a length must be a multiple of, in bytes: a power of two.</param>
public sealed record IovaRanges(IReadOnlyList<IovaRange> Ranges, ulong Alignment)
{
    /// <summary>Whether <paramref name="length"/> bytes from <paramref name="iova"/> lie inside one range.</summary>
    public bool Contains(ulong iova, ulong length)
    {
        foreach (IovaRange range in Ranges)
        {
            if (range.Contains(iova, length))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Ranges);
}
