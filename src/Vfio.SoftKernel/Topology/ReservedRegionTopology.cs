using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>One line of a group's <c>reserved_regions</c>.</summary>
public sealed record ReservedRegionTopology
{
    /// <summary>First IOVA.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong First { get; init; }

    /// <summary>Last IOVA, inclusive.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Last { get; init; }

    /// <summary>msi, reserved, direct or direct-relaxable.</summary>
    public required string Kind { get; init; }
}
