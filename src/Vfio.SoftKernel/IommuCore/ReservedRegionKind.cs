namespace Vfio.SoftKernel.IommuCore;

/// <summary>Why DMA may not use a range. Linux: enum iommu_resv_type; the names in sysfs are msi, reserved, direct, direct-relaxable.</summary>
public enum ReservedRegionKind
{
    /// <summary>IOMMU_RESV_DIRECT: must stay mapped one to one (firmware: RMRR).</summary>
    Direct,

    /// <summary>IOMMU_RESV_DIRECT_RELAXABLE: as <see cref="Direct"/>, but may be given up to user space.</summary>
    DirectRelaxable,

    /// <summary>IOMMU_RESV_RESERVED: never used for DMA.</summary>
    Reserved,

    /// <summary>IOMMU_RESV_MSI: the hardware's own MSI window.</summary>
    Msi,

    /// <summary>IOMMU_RESV_SW_MSI: a window that software chose for MSI.</summary>
    SoftwareMsi,
}
