using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>Where a storage function keeps its blocks.</summary>
public sealed record StoreTopology
{
    /// <summary>memory: in this process, taken as it is written; null: reads as zeros and forgets what is written; file: in <see cref="Path"/>.</summary>
    public string Kind { get; set; } = "memory";

    /// <summary>Of a file: which; made where there is none. From the working directory, where it is relative.</summary>
    public string? Path { get; set; }

    /// <summary>Bytes, a whole number of MiB.</summary>
    [JsonConverter(typeof(HexNumberConverter))]
    public ulong Size { get; set; } = 1UL << 30;

    /// <summary>Bytes of a block: 512 or 4096.</summary>
    public int BlockSize { get; set; } = 512;
}
