namespace Vfio.SoftKernel.VfioCore;

/// <summary>Module parameters of vfio, vfio_iommu_type1 and vfio_pci that change answers.</summary>
internal sealed record VfioParameters
{
    /// <summary>vfio.enable_unsafe_noiommu_mode: devices without an IOMMU get a no-IOMMU group instead of none.</summary>
    public bool UnsafeNoIommu { get; init; }

    /// <summary>vfio_iommu_type1.allow_unsafe_interrupts.</summary>
    public bool AllowUnsafeInterrupts { get; init; }

    /// <summary>vfio_pci.enable_sriov: virtual functions may be made of a physical function that vfio-pci has.</summary>
    public bool EnableSriov { get; init; }

    /// <summary>vfio_iommu_type1.dma_entry_limit: mappings a container may hold.</summary>
    public uint DmaEntryLimit { get; init; } = ushort.MaxValue;
}
