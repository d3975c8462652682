using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>One line of a function's <c>resource</c> file that is not empty.</summary>
public sealed record BarTopology
{
    /// <summary>0-5 for a BAR, 6 for the expansion ROM, 7 to 16 for the windows of a bridge and of virtual functions.</summary>
    public required int Index { get; init; }

    /// <summary>First byte as the CPU sees it.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Start { get; init; }

    /// <summary>Bytes.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Size { get; init; }

    /// <summary>IORESOURCE_* flags as the third column shows them: 0x40200 for 32-bit memory, 0x40101 for ports.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public required ulong Flags { get; init; }

    /// <summary>Of memory: the parts that are memory and can be mapped, in whole pages and ascending; what is between them are registers. Null: all of it is memory. Only passive.</summary>
    public IReadOnlyList<BarAreaTopology>? Mappable { get; set; }

    /// <summary>Its registers can be mapped: they stand in shared pages that are polled, for programs that insist on mmap. Only BAR 0 of an edu or an nvme.</summary>
    public bool Shared { get; set; }
}
