namespace Vfio.SoftKernel.IommuCore;

/// <summary>A range of I/O addresses that is not for mapping. Linux: struct iommu_resv_region.</summary>
/// <param name="Start">First address.</param>
/// <param name="Last">Last address, in the range.</param>
/// <param name="Kind">Why.</param>
public readonly record struct ReservedRegion(ulong Start, ulong Last, ReservedRegionKind Kind);
