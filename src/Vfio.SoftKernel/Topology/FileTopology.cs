using System.Text.Json.Serialization;

namespace Vfio.SoftKernel.Topology;

/// <summary>A file that only says what it says: text, bytes, a symbolic link, a block device's node or a directory.</summary>
[JsonConverter(typeof(FileTopologyConverter))]
public sealed record FileTopology
{
    /// <summary>Its bytes; empty for a link or a directory.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>It was written as a text: sysfs then shows a page as its size.</summary>
    public bool IsText { get; init; } = true;

    /// <summary>The target of a symbolic link; null for none.</summary>
    public string? Link { get; init; }

    /// <summary>Of a block device's node: its numbers. It can be looked at, not opened.</summary>
    public (uint Major, uint Minor)? BlockDevice { get; init; }

    /// <summary>It is a directory with nothing in it but what other entries put there.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Permission bits of a regular file.</summary>
    public ushort Mode { get; init; } = 0x124;
}
