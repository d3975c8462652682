namespace Vfio.SoftKernel.Topology;

/// <summary>A file that only says what it says: text, bytes, a symbolic link or a directory.</summary>
public sealed record FileTopology
{
    /// <summary>Its bytes; empty for a link or a directory.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The target of a symbolic link; null for none.</summary>
    public string? Link { get; init; }

    /// <summary>It is a directory with nothing in it but what other entries put there.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Permission bits of a regular file.</summary>
    public ushort Mode { get; init; } = 0x124;
}
