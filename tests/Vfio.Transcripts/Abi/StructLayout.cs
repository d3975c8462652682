namespace Vfio.Transcripts.Abi;

/// <summary>A uAPI struct, or one member of a union in it with what surrounds the union.</summary>
/// <param name="name">Its name in C, without the word struct.</param>
/// <param name="size">sizeof.</param>
/// <param name="all">Every field, members of unions one over the other.</param>
internal sealed class StructLayout(string name, int size, IReadOnlyList<LayoutField> all)
{
    /// <summary>Its name in C.</summary>
    public string Name { get; } = name;

    /// <summary>sizeof.</summary>
    public int Size { get; } = size;

    /// <summary>The fields that tell the whole struct, each byte once.</summary>
    public IReadOnlyList<LayoutField> Fields { get; } = [.. Flat(all)];

    /// <summary>The array that follows the struct; null when none does.</summary>
    public LayoutField? Flexible { get; } = all.FirstOrDefault(field => field.IsFlexible);

    /// <summary>A field by name; null when there is none.</summary>
    public LayoutField? Find(string field) => all.FirstOrDefault(each => each.Name == field);

    // A field that holds others is told by them; of two at one place, the first.
    private static IEnumerable<LayoutField> Flat(IReadOnlyList<LayoutField> all)
    {
        int end = 0;
        foreach (LayoutField field in all.Where(field => !field.IsFlexible).OrderBy(field => field.Offset))
        {
            bool holds = all.Any(other => other != field && other.Bytes is > 0 && other.Bytes < field.Bytes && other.Offset >= field.Offset
                && other.Offset + other.Bytes <= field.Offset + field.Bytes);
            if (!holds && field.Offset >= end)
            {
                end = field.Offset + field.Bytes;
                yield return field;
            }
        }
    }
}
