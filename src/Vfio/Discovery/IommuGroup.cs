namespace Vfio;

/// <summary>An IOMMU group as sysfs shows it: the functions that the IOMMU cannot tell apart or fence off from each other.</summary>
public sealed record IommuGroup
{
    /// <summary>Its number.</summary>
    public required int Id { get; init; }

    /// <summary>Every function in it, in order of address.</summary>
    public required IReadOnlyList<PciFunction> Functions { get; init; }

    /// <summary>The default domain's type, "DMA", "DMA-FQ", "identity"; null where it cannot be read.</summary>
    public string? Type { get; init; }

    /// <summary>IOVAs that are not to be mapped.</summary>
    public IReadOnlyList<ReservedRegion> ReservedRegions { get; init; } = [];

    /// <summary>
    /// The functions whose driver uses them through the kernel's own DMA, so that the group cannot be handed to user space. Bridges, unbound
    /// functions and VFIO's own do not count.
    /// </summary>
    // Linux: drivers/iommu/iommu.c iommu_device_use_default_domain; drivers with driver_managed_dma stay out of it.
    public IEnumerable<PciFunction> Blockers
        => Functions.Where(f => f.Driver is not null && !f.IsVfioBound && !f.IsBridge && f.Driver is not ("pcieport" or "pci-stub"));
}
