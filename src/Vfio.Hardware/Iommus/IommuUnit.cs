namespace Vfio.Hardware.Iommus;

/// <summary>One IOMMU of a machine: what it can do, and where its page tables come from.</summary>
public sealed class IommuUnit
{
    /// <summary>Bit 7 of the VT-d extended capabilities: Snoop Control.</summary>
    public const ulong EcapSnoopControl = 1UL << 7;

    // Scalable mode (SMTS) and second-level accessed and dirty bits (SLADS). Linux: sm_supported, ssads_supported.
    private const ulong EcapDirtyTracking = (1UL << 43) | (1UL << 45);

    /// <summary>As /sys/class/iommu names it: dmar0, ivhd0, ...</summary>
    public required string Name { get; init; }

    /// <summary>Whose it is.</summary>
    public required IommuKind Kind { get; init; }

    /// <summary>One bit a supported page size; Linux: iommu_domain.pgsize_bitmap.</summary>
    public required ulong PageSizes { get; init; }

    /// <summary>The first address its page tables translate.</summary>
    public ulong ApertureFirst { get; init; }

    /// <summary>The last.</summary>
    public required ulong ApertureLast { get; init; }

    /// <summary>VT-d capability register; 0 for other kinds.</summary>
    public ulong Cap { get; init; }

    /// <summary>VT-d extended capability register; 0 for other kinds.</summary>
    public ulong Ecap { get; init; }

    /// <summary>VT-d can make no-snoop DMA snoop.</summary>
    public bool SnoopControl => Kind == IommuKind.IntelVtd && (Ecap & EcapSnoopControl) != 0;

    /// <summary>
    /// IOMMU_CAP_ENFORCE_CACHE_COHERENCY of every device behind it. AMD's driver says so of all (its page tables always carry FC);
    /// virtio-iommu has no such notion.
    /// </summary>
    public bool CanEnforceCoherency => Kind == IommuKind.AmdVi || SnoopControl;

    /// <summary>
    /// IOMMU_CAP_DIRTY_TRACKING of every device behind it: page tables can note which pages devices wrote. VT-d needs its scalable mode; none of the others
    /// that are modelled has it.
    /// </summary>
    public bool CanTrackDirty => Kind == IommuKind.Mock || (Kind == IommuKind.IntelVtd && (Ecap & EcapDirtyTracking) == EcapDirtyTracking);

    /// <summary>iommu_paging_domain_alloc: an empty page table.</summary>
    public IommuDomain AllocateDomain() => AllocateDomain(new IommuGeometry(PageSizes, ApertureFirst, ApertureLast), tracksDirty: false);

    /// <summary>domain_alloc_paging_flags: an empty page table of a shape of its own.</summary>
    /// <param name="geometry">What it reaches, and in which pages.</param>
    /// <param name="tracksDirty">It can note which pages devices wrote.</param>
    public IommuDomain AllocateDomain(IommuGeometry geometry, bool tracksDirty) => new(this, geometry, tracksDirty);

    /// <summary>
    /// May a device behind this unit use <paramref name="domain"/>? Linux: the drivers' attach_dev, which answer EINVAL for a domain that
    /// forces snooping when this unit cannot, that reaches further than this unit, or that belongs to another driver (virtio: another unit).
    /// </summary>
    public bool Accepts(IommuDomain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        if (domain.Unit == this)
        {
            return true;
        }

        return domain.Unit.Kind == Kind
            && Kind != IommuKind.Virtio
            && (!domain.EnforcesCoherency || CanEnforceCoherency)
            && domain.ApertureLast <= ApertureLast
            && (domain.PageSizes & ~PageSizes) == 0;
    }
}
