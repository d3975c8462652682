using Vfio.Uapi;

namespace Vfio;

/// <summary>What a page table must be able to do; IOMMU_HWPT_ALLOC_*.</summary>
[Flags]
public enum HwptOptions : uint
{
    /// <summary>Translate.</summary>
    None = 0,

    /// <summary>Be the parent of a nested page table.</summary>
    NestParent = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT,

    /// <summary>Record which pages the device wrote.</summary>
    DirtyTracking = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING,

    /// <summary>Serve a PASID.</summary>
    Pasid = IommufdUapi.IOMMU_HWPT_ALLOC_PASID,
}
