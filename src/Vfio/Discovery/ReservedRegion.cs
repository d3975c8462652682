namespace Vfio;

/// <summary>One line of a group's "reserved_regions": IOVAs that are not to be mapped.</summary>
/// <param name="Start">The first IOVA.</param>
/// <param name="Last">The last IOVA, inclusive.</param>
/// <param name="Type">The kernel's word: "msi", "reserved", "direct", "direct-relaxable".</param>
public readonly record struct ReservedRegion(ulong Start, ulong Last, string Type);
