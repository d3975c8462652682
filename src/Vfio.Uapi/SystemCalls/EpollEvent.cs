using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct epoll_event, packed on x86-64.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public struct EpollEvent
{
    /// <summary>What came.</summary>
    public PollEvents Events;

    /// <summary>What was given to epoll_ctl.</summary>
    public ulong Data;
}
