namespace Vfio.SoftKernel.Iommufd;

/// <summary>A device's request for a page (PRI). Linux: struct iommu_fault_page_request.</summary>
/// <param name="Flags">IOMMU_PGFAULT_FLAGS_*.</param>
/// <param name="Pasid">The PASID, if a flag says so.</param>
/// <param name="Group">Its group: requests that are answered together.</param>
/// <param name="Permissions">IOMMU_PGFAULT_PERM_*: what for.</param>
/// <param name="Address">The address.</param>
internal readonly record struct PageRequest(uint Flags, uint Pasid, uint Group, uint Permissions, ulong Address);
