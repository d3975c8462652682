namespace Vfio.SoftKernel.Core;

/// <summary>Something that an open file holds until a call gives it back, or the file is closed.</summary>
/// <param name="Kind">What it is: IOAS, HWPT, device.</param>
/// <param name="Name">Which one: its id, or a device's address; empty where the file has one alone.</param>
public sealed record HeldObject(string Kind, string Name)
{
    /// <summary>Mappings in it.</summary>
    public int Mappings { get; init; }

    /// <summary>Bytes of I/O addresses that those cover.</summary>
    public ulong MappedBytes { get; init; }

    /// <summary>Bytes of memory that are pinned for it.</summary>
    public ulong PinnedBytes { get; init; }
}
