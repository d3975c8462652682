namespace Vfio;

/// <summary>A part of a region that can be mapped.</summary>
/// <param name="Offset">Where in the region, in bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct RegionArea(ulong Offset, ulong Length);
