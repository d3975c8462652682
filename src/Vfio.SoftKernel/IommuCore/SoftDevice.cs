using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuCore;

/// <summary>A device as the kernel's device core knows it: a PCI function, or one of another bus. Linux: struct device with its dev_iommu and driver.</summary>
internal class SoftDevice
{
    private readonly PciModel? _model;

    /// <summary>A PCI function.</summary>
    /// <param name="model">The function.</param>
    /// <param name="unit">The IOMMU before it; null: none.</param>
    public SoftDevice(PciModel model, IommuUnit? unit)
    {
        _model = model;
        Name = model.Location.ToString();
        Dma = model.Dma;
        Unit = unit;
        IommuDriver = unit is null ? null : IommuDriver.Of(unit);
    }

    /// <summary>A device of another bus, by its dev_name.</summary>
    protected SoftDevice(string name, IommuUnit unit)
    {
        Name = name;
        Dma = new DmaPort();
        Unit = unit;
        IommuDriver = IommuDriver.Of(unit);
    }

    /// <summary>The function; only of a device on the PCI bus.</summary>
    public PciModel Model => _model ?? throw new InvalidOperationException($"{Name} is not a PCI function.");

    /// <summary>dev_name, as sysfs has it: 0000:00:01.0.</summary>
    public string Name { get; }

    /// <summary>pci_dev.vendor: a virtual function's is its physical function's.</summary>
    public ushort VendorId => PhysicalFunction is { } physical ? physical.VendorId : Model.Config.Get16(PciRegisters.VendorId);

    /// <summary>pci_dev.device: a virtual function's is in its physical function's SR-IOV capability.</summary>
    public ushort DeviceId => PhysicalFunction is { } physical
        ? SriovCapability.Find(physical.Model.Config)?.VfDevice ?? 0 : Model.Config.Get16(PciRegisters.DeviceId);

    /// <summary>pci_physfn of a virtual function; null: it is none.</summary>
    public SoftDevice? PhysicalFunction { get; init; }

    /// <summary>pci_dev.is_physfn: it can have virtual functions.</summary>
    public bool IsPhysicalFunction { get; init; }

    /// <summary>The function's way to memory.</summary>
    public DmaPort Dma { get; }

    /// <summary>The IOMMU before it; null: none.</summary>
    public IommuUnit? Unit { get; }

    /// <summary>What that IOMMU's driver answers.</summary>
    public IommuDriver? IommuDriver { get; }

    /// <summary>The PASIDs it can use.</summary>
    public PasidCapability PasidCapability => _model is null ? default : PasidCapability.Of(_model.Config);

    /// <summary>Its IOMMU group, set by <see cref="IommuGroup.Add"/>.</summary>
    public IommuGroup? Group { get; internal set; }

    /// <summary>iommu_get_resv_regions.</summary>
    public IReadOnlyList<ReservedRegion> ReservedRegions { get; init; } = [];

    /// <summary>dev_iommu.require_direct: firmware wants a range of it mapped one to one, always.</summary>
    public bool RequiresDirectMapping => ReservedRegions.Any(static region => region.Kind == ReservedRegionKind.Direct);

    /// <summary>msi_device_has_isolated_msi: interrupts it could forge by DMA are kept from others.</summary>
    public bool HasIsolatedMsi { get; init; } = true;

    /// <summary>Its driver can move its state and tell what it writes.</summary>
    public bool IsMigratable { get; init; }

    /// <summary>How long a reset of it takes.</summary>
    public TimeSpan ResetTime { get; init; }

    /// <summary>What its driver shows beside the regions of every PCI function.</summary>
    public IReadOnlyList<DeviceRegionTopology> DeviceRegions { get; init; } = [];

    /// <summary>BARs that are mapped as shared pages, which are polled, where the model itself would see each access.</summary>
    public IReadOnlyList<int> SharedBars { get; init; } = [];

    /// <summary>IOMMU_CAP_CACHE_COHERENCY: its DMA is coherent when it asks for snooping. Everything on x86.</summary>
    public bool IsCacheCoherent { get; init; } = true;

    /// <summary>IOMMU_CAP_ENFORCE_CACHE_COHERENCY.</summary>
    public bool CanEnforceCoherency => Unit?.CanEnforceCoherency == true;

    /// <summary>IOMMU_CAP_DIRTY_TRACKING.</summary>
    public bool CanTrackDirty => IommuDriver?.TracksDirtyPages(this) == true;

    /// <summary>dev->iommu: it stands behind an IOMMU.</summary>
    public bool HasIommu => Unit is not null;

    /// <summary>The driver that holds it; null: none. Changed by <see cref="BindDriver"/> and <see cref="UnbindDriver"/>.</summary>
    public string? DriverName { get; private set; }

    /// <summary>driver_override; null: none.</summary>
    public string? DriverOverride { get; set; }

    /// <summary>
    /// pci_dma_configure as a driver is bound: one that does not manage DMA itself takes the group's default domain. EBUSY when user
    /// space owns the group.
    /// </summary>
    public Errno BindDriver(string driver)
    {
        if (DriverName is not null)
        {
            return Errno.EBUSY;
        }

        if (!ManagesDmaItself(driver) && Group?.UseDefaultDomain() is { } error && error != Errno.None)
        {
            return error;
        }

        DriverName = driver;
        return Errno.None;
    }

    /// <summary>pci_dma_cleanup.</summary>
    public void UnbindDriver()
    {
        if (DriverName is { } driver && !ManagesDmaItself(driver))
        {
            Group?.UnuseDefaultDomain();
        }

        DriverName = null;
    }

    /// <summary>driver_managed_dma: drivers whose presence leaves the group free for user space.</summary>
    public static bool ManagesDmaItself(string driver) => driver is "vfio-pci" or "pci-stub" or "pcieport";
}
