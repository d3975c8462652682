using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd;

internal sealed partial class Ioas
{
    /// <summary>What is mapped, and pinned for it.</summary>
    public HeldObject Describe(string id)
    {
        lock (_lock)
        {
            int mappings = 0;
            ulong bytes = 0;
            HashSet<IoasPages> pages = [];
            for (IoasArea? area = _areas.First(0, ulong.MaxValue); area is not null; area = _areas.Next(area))
            {
                mappings++;
                bytes += area.Length;
                pages.Add(area.Pages);
            }

            return new HeldObject("IOAS", id) { Mappings = mappings, MappedBytes = bytes, PinnedBytes = pages.Aggregate(0UL, static (sum, each) => sum + each.PinnedBytes) };
        }
    }
}
