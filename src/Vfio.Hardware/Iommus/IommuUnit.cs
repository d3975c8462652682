namespace Vfio.Hardware.Iommus;

/// <summary>One IOMMU of a machine: what it can do, and where its page tables come from.</summary>
public sealed class IommuUnit
{
    /// <summary>Bit 7 of the VT-d extended capabilities: Snoop Control.</summary>
    public const ulong EcapSnoopControl = 1UL << 7;

    /// <summary>Bit 26: Nested Translation.</summary>
    public const ulong EcapNesting = 1UL << 26;

    /// <summary>Bit 40: PASIDs; bits 35-39 say how many.</summary>
    public const ulong EcapPasid = 1UL << 40;

    /// <summary>Bit 43: Scalable Mode Translation.</summary>
    public const ulong EcapScalableMode = 1UL << 43;

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

    /// <summary>VT-d: the scalable mode of translation, without which there is neither nesting nor PASIDs. Linux: sm_supported.</summary>
    public bool HasScalableMode => Kind == IommuKind.IntelVtd && (Ecap & EcapScalableMode) != 0;

    /// <summary>It translates in two stages. Linux: nested_supported.</summary>
    public bool Nests => HasScalableMode && (Ecap & EcapNesting) != 0;

    /// <summary>How many PASIDs it knows; 0 when none. Linux: iommu_device.max_pasids.</summary>
    public uint MaxPasids => HasScalableMode && (Ecap & EcapPasid) != 0 ? 2u << (int)(Ecap >> 35 & 0x1f) : 0;

    /// <summary>SMMUv3: its identification registers 0 to 5; zero for other kinds.</summary>
    public IReadOnlyList<uint> Idr { get; init; } = [0, 0, 0, 0, 0, 0];

    /// <summary>VT-d can make no-snoop DMA snoop.</summary>
    public bool SnoopControl => Kind == IommuKind.IntelVtd && (Ecap & EcapSnoopControl) != 0;

    /// <summary>
    /// IOMMU_CAP_ENFORCE_CACHE_COHERENCY of every device behind it. AMD's driver says so of all (its page tables always carry FC);
    /// virtio-iommu has no such notion.
    /// </summary>
    public bool CanEnforceCoherency => Kind == IommuKind.AmdVi || SnoopControl;

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
    public bool Accepts(DeviceDomain domain) => domain switch
    {
        IommuDomain table => Accepts(table),
        NestedDomain nested => Accepts(nested.Parent),
        _ => throw new ArgumentNullException(nameof(domain)),
    };

    private bool Accepts(IommuDomain domain)
    {
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
