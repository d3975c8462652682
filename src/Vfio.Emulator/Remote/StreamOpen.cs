using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>One open of a soft stream. Everything but <see cref="Open"/> is under the lock of <see cref="StreamFiles"/>.</summary>
/// <param name="open">The open.</param>
/// <param name="identity">The program's end of the socket.</param>
/// <param name="socket">Ours; owned.</param>
internal sealed class StreamOpen(SoftOpen open, FileIdentity identity, int socket)
{
    /// <summary>The open.</summary>
    public SoftOpen Open => open;

    /// <summary>The program's end of the socket.</summary>
    public FileIdentity Identity => identity;

    /// <summary>Ours.</summary>
    public int Socket => socket;

    /// <summary>What was read of the file and found no room in the socket.</summary>
    public ReadOnlyMemory<byte> Pending { get; set; }

    /// <summary>Nothing more comes out of the file.</summary>
    public bool IsEnded { get; set; }

    /// <summary>What to wait for at our end.</summary>
    public PollEvents Awaited => PollEvents.In | (Pending.IsEmpty ? 0 : PollEvents.Out);

    /// <summary>The descriptor to wait for to be readable; -1 for none.</summary>
    public int Source => IsEnded || !Pending.IsEmpty || !open.CanRead ? -1 : open.File.HostDescriptor;
}
