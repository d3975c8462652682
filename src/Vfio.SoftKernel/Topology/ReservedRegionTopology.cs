namespace Vfio.SoftKernel.Topology;

/// <summary>One line of a group's <c>reserved_regions</c>.</summary>
/// <param name="First">First IOVA.</param>
/// <param name="Last">Last IOVA, inclusive.</param>
/// <param name="Kind">msi, reserved, direct or direct-relaxable.</param>
public sealed record ReservedRegionTopology(ulong First, ulong Last, string Kind);
