namespace Vfio;

/// <summary>A container's dirty page tracking, as VFIO_IOMMU_GET_INFO describes it.</summary>
/// <param name="PageSizes">The page sizes it can report in, one bit each.</param>
/// <param name="MaximumBitmapBytes">The largest bitmap one call fills.</param>
public sealed record ContainerMigration(ulong PageSizes, ulong MaximumBitmapBytes);
