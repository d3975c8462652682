namespace Vfio;

/// <summary>What VFIO_IOMMU_GET_INFO says of a container. What a kernel does not tell is null.</summary>
/// <param name="PageSizes">The IOMMU's page sizes, one bit each.</param>
/// <param name="IovaRanges">Where mappings may lie; null from kernels before 5.4.</param>
/// <param name="MappingsAvailable">How many more mappings the container takes (dma_avail).</param>
/// <param name="Migration">Dirty page tracking; null where there is none.</param>
public sealed record ContainerInfo(ulong PageSizes, IReadOnlyList<IovaRange>? IovaRanges, uint? MappingsAvailable, ContainerMigration? Migration);
