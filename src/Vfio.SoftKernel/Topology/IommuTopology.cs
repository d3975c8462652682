using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>One IOMMU.</summary>
public sealed record IommuTopology
{
    /// <summary>Its name in /sys/class/iommu: dmar0, ivhd0, virtio0.</summary>
    public required string Name { get; init; }

    /// <summary>intel, amd, virtio or smmuv3.</summary>
    public required string Kind { get; init; }

    /// <summary>The page sizes of a domain, as a bitmap.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong PageSizes { get; init; }

    /// <summary>The last IOVA a domain reaches; the first is 0.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong ApertureLast { get; init; }

    /// <summary>It isolates MSIs between devices, so that a device cannot write another's vectors.</summary>
    public bool MsiIsolated { get; set; } = true;

    /// <summary>VT-d: the capability register.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public ulong Cap { get; set; }

    /// <summary>VT-d: the extended capability register; bit 7 says that it can force DMA to be cache-coherent.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public ulong Ecap { get; set; }

    /// <summary>SMMUv3: its identification registers 0 to 5.</summary>
    public IReadOnlyList<uint> Idr { get; set; } = [0, 0, 0, 0, 0, 0];

    /// <summary>Its directory under /sys/devices; what its /sys/class/iommu entry points to. Default: virtual/iommu/NAME.</summary>
    public string? DevicePath { get; set; }

    /// <summary>What its groups' <c>type</c> files say of the kernel's own domain: DMA-FQ, DMA or identity.</summary>
    public string DefaultDomain { get; set; } = "DMA-FQ";

    /// <summary>Further files in its directory by relative path: intel-iommu/address, amd-iommu/features.</summary>
    public IReadOnlyDictionary<string, FileTopology> Files { get; set; } = new Dictionary<string, FileTopology>();
}
