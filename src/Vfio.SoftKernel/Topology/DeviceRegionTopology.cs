using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>A region that the driver shows beside those of every PCI function, as vfio-pci does of Intel's graphics. It can only be read.</summary>
public sealed record DeviceRegionTopology
{
    /// <summary>VFIO_REGION_TYPE_*; 0x8000vvvv for one of vendor vvvv's own.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Type { get; init; }

    /// <summary>Which of that type: VFIO_REGION_SUBTYPE_*.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public ulong Subtype { get; set; }

    /// <summary>Bytes.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Size { get; init; }

    /// <summary>What is in it, from its first byte; the rest is zero.</summary>
    [JsonConverter(typeof(HexBytesConverter))]
    public ReadOnlyMemory<byte> Data { get; set; }
}
