namespace Vfio;

/// <summary>A PCI function as sysfs shows it: facts, nothing opened.</summary>
public sealed record PciFunction
{
    /// <summary>Where it is.</summary>
    public required PciAddress Address { get; init; }

    /// <summary>The vendor id.</summary>
    public required ushort VendorId { get; init; }

    /// <summary>The device id.</summary>
    public required ushort DeviceId { get; init; }

    /// <summary>The subsystem vendor id.</summary>
    public ushort SubsystemVendorId { get; init; }

    /// <summary>The subsystem device id.</summary>
    public ushort SubsystemDeviceId { get; init; }

    /// <summary>The class code: base class, subclass, programming interface in 24 bits.</summary>
    public uint ClassCode { get; init; }

    /// <summary>What the class is called, "NVMe controller"; "class 0x123456" for one this library does not know.</summary>
    public string ClassName => PciClassName.Of(ClassCode);

    /// <summary>The driver that holds it; null for none.</summary>
    public string? Driver { get; init; }

    /// <summary>The only driver it may match, where one was written; null for none.</summary>
    public string? DriverOverride { get; init; }

    /// <summary>The number of its IOMMU group; null where no IOMMU covers it.</summary>
    public int? GroupId { get; init; }

    /// <summary>The name of the IOMMU that covers it, "dmar0"; null where sysfs names none.</summary>
    public string? IommuName { get; init; }

    /// <summary>What kind of IOMMU that is.</summary>
    public IommuType IommuType { get; init; }

    /// <summary>The name VFIO gave it, "vfio0"; null unless a VFIO driver holds it on a kernel that names its devices.</summary>
    public string? VfioName { get; init; }

    /// <summary>The nodes that lead to it.</summary>
    public required FunctionNodes Nodes { get; init; }

    /// <summary>BARs, ROM and windows that are there (length not zero).</summary>
    public IReadOnlyList<PciResource> Resources { get; init; } = [];

    /// <summary>The NUMA node it is near; null where the kernel knows none.</summary>
    public int? NumaNode { get; init; }

    /// <summary>Whether VFIO holds it in no-IOMMU mode, where nothing fences its DMA.</summary>
    public bool IsNoIommu { get; init; }

    /// <summary>Whether it is itself an IOMMU of this machine (AMD-Vi, virtio-iommu): never handed out.</summary>
    public bool IsIommu { get; init; }

    /// <summary>Whether it is a bridge to another bus (class 0604 or 0609): never handed out, never counted against a group.</summary>
    public bool IsBridge => (ClassCode >> 8) is 0x0604 or 0x0609;

    /// <summary>Whether a VFIO driver holds it.</summary>
    public bool IsVfioBound => VfioName is not null || Driver == "vfio-pci";
}
