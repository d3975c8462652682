namespace Vfio.Uapi;

/// <summary>POLL* of poll(2) and EPOLL* of epoll(7); the low values agree.</summary>
[Flags]
public enum PollEvents : uint
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>POLLIN.</summary>
    In = 1,
    /// <summary>POLLPRI.</summary>
    Priority = 2,
    /// <summary>POLLOUT.</summary>
    Out = 4,
    /// <summary>POLLERR.</summary>
    Error = 8,
    /// <summary>POLLHUP.</summary>
    HangUp = 0x10,
    /// <summary>POLLNVAL (poll only).</summary>
    Invalid = 0x20,
    /// <summary>EPOLLONESHOT (epoll only).</summary>
    OneShot = 1u << 30,
    /// <summary>EPOLLET (epoll only).</summary>
    EdgeTriggered = 1u << 31,
}
