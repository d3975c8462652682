using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>One PCI function.</summary>
public sealed record FunctionTopology
{
    /// <summary>0000:00:01.0.</summary>
    public required string Address { get; init; }

    /// <summary>What plays it: edu, nvme, or passive (identity and registers that answer zero).</summary>
    public string Model { get; set; } = "passive";

    /// <summary>What an nvme controller's namespace holds; null: a GiB of memory. Only nvme.</summary>
    public StoreTopology? Store { get; set; }

    /// <summary>Its state can be moved through VFIO, and what it writes by DMA can be told, as if a variant driver of vfio-pci had it. Only edu.</summary>
    public bool Migration { get; set; }

    /// <summary>
    /// Configuration space from its first byte; the rest up to <see cref="ConfigSize"/> is zero. Ids, class, header type and capabilities are
    /// read from it.
    /// </summary>
    [JsonConverter(typeof(HexBytesConverter))]
    public required ReadOnlyMemory<byte> Config { get; init; }

    /// <summary>
    /// Configuration space of each of its virtual functions, as <see cref="Config"/>; empty: it has none. How many, where and with which BARs
    /// is in its own SR-IOV capability and in lines 7 to 12 of <see cref="Bars"/>.
    /// </summary>
    [JsonConverter(typeof(HexBytesConverter))]
    public ReadOnlyMemory<byte> VfConfig { get; set; }

    /// <summary>256, or 4096 where the extended space is there.</summary>
    public int ConfigSize { get; set; } = 256;

    /// <summary>The BARs (0-5) and the expansion ROM (6).</summary>
    public IReadOnlyList<BarTopology> Bars { get; set; } = [];

    /// <summary>What its driver shows beside the regions of every PCI function.</summary>
    public IReadOnlyList<DeviceRegionTopology> DeviceRegions { get; set; } = [];

    /// <summary>How many milliseconds a reset of it takes: hardware's function-level reset takes 100. Calls that want the function wait, or are EBUSY.</summary>
    public int ResetTime { get; set; }

    /// <summary>The driver that holds it at the start; null for none.</summary>
    public string? Driver { get; set; }

    /// <summary>The driver whose id table matches it, that a probe without an override would pick; null for none. Default: <see cref="Driver"/> unless that is vfio-pci.</summary>
    public string? MatchingDriver { get; set; }

    /// <summary>The IOMMU it stands behind, by name; null for none.</summary>
    public string? Iommu { get; set; }

    /// <summary>Its IOMMU group; null for none.</summary>
    public int? Group { get; set; }

    /// <summary>The Linux interrupt number in its irq file.</summary>
    public int Irq { get; set; }

    /// <summary>How often something other than a driver had enabled it at the start: 1 for an IOMMU that is a function, as AMD's.</summary>
    public int EnableCount { get; set; }

    /// <summary>numa_node; null where the kernel has no such file.</summary>
    public int? NumaNode { get; set; }

    /// <summary>It is the display the firmware booted on; null where the file is absent.</summary>
    public bool? BootVga { get; set; }

    /// <summary>IOVA ranges that are not memory: the MSI window, firmware's RMRRs.</summary>
    public IReadOnlyList<ReservedRegionTopology> ReservedRegions { get; set; } = [];

    /// <summary>Further files of its directory by relative path.</summary>
    public IReadOnlyDictionary<string, FileTopology> Files { get; set; } = new Dictionary<string, FileTopology>();

    /// <summary>
    /// Files that are there while <see cref="MatchingDriver"/> holds it: its block devices and network interfaces. Relative to its directory,
    /// or absolute under /sys and /dev.
    /// </summary>
    public IReadOnlyDictionary<string, FileTopology> DriverFiles { get; set; } = new Dictionary<string, FileTopology>();
}
