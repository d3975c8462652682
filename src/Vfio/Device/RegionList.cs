using System.Collections;

namespace Vfio;

/// <summary>Regions by index, each asked for when it is first looked at.</summary>
internal sealed class RegionList(int count, Func<int, Region> get) : IReadOnlyList<Region>
{
    public int Count => count;

    public Region this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
            return get(index);
        }
    }

    public IEnumerator<Region> GetEnumerator()
    {
        for (int i = 0; i < count; i++)
        {
            yield return get(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
