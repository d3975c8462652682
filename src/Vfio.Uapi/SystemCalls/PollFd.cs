using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollFd
{
    private readonly int _fd;
    private readonly short _events;
    private readonly short _returned;

    /// <summary>Asks for <paramref name="events"/> on <paramref name="fd"/>.</summary>
    public PollFd(int fd, PollEvents events)
    {
        _fd = fd;
        _events = (short)events;
    }

    /// <summary>The descriptor; a negative one is passed over.</summary>
    public readonly int Fd => _fd;

    /// <summary>What was asked for.</summary>
    public readonly PollEvents Events => (PollEvents)(ushort)_events;

    /// <summary>What came.</summary>
    public readonly PollEvents Returned => (PollEvents)(ushort)_returned;
}
