using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>A part of a BAR.</summary>
public sealed record BarAreaTopology
{
    /// <summary>Where it begins.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Offset { get; init; }

    /// <summary>Bytes.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Size { get; init; }
}
