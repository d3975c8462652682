using Vfio.SoftKernel.IommuCore;

namespace Vfio.SoftKernel.Type1;

/// <summary>The I/O addresses that every page table of a container can map, in order. Linux: vfio_iommu.iova_list.</summary>
internal static class IovaList
{
    /// <summary>[<paramref name="first"/>, <paramref name="last"/>] of each range; what lies outside goes. Linux: vfio_iommu_aper_resize.</summary>
    public static List<(ulong First, ulong Last)> Within(List<(ulong First, ulong Last)> ranges, ulong first, ulong last)
        => [.. ranges.Select(range => (First: Math.Max(range.First, first), Last: Math.Min(range.Last, last))).Where(range => range.First <= range.Last)];

    /// <summary>Without the reserved regions, but for those that may be given up. Linux: vfio_iommu_resv_exclude.</summary>
    public static List<(ulong First, ulong Last)> Without(List<(ulong First, ulong Last)> ranges, IEnumerable<ReservedRegion> regions)
    {
        foreach (ReservedRegion region in regions.Where(region => region.Kind != ReservedRegionKind.DirectRelaxable))
        {
            var left = new List<(ulong First, ulong Last)>();
            foreach ((ulong first, ulong last) in ranges)
            {
                if (region.Last < first || region.Start > last)
                {
                    left.Add((first, last));
                    continue;
                }

                if (region.Start > first)
                {
                    left.Add((first, region.Start - 1));
                }

                if (region.Last < last)
                {
                    left.Add((region.Last + 1, last));
                }
            }

            ranges = left;
        }

        return ranges;
    }
}
