namespace Vfio.Hardware.Iommus;

/// <summary>What a page table reaches. Linux: iommu_domain.pgsize_bitmap and iommu_domain_geometry.</summary>
/// <param name="PageSizes">One bit a supported page size.</param>
/// <param name="First">The first address it translates.</param>
/// <param name="Last">The last.</param>
public readonly record struct IommuGeometry(ulong PageSizes, ulong First, ulong Last);
