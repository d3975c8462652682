using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public int EpollCreate() => Result(EpollCreateNative(CloseOnExec));

    public unsafe int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data)
    {
        EpollEvent request = new() { Events = events, Data = data };

        // Sound: EpollEvent is struct epoll_event with its x86-64 packing, and a local does not move.
        return Result(EpollCtlNative(epoll, (int)operation, fd, &request));
    }

    public unsafe int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds)
    {
        // Sound: pinned for the call, which writes no more than the count given.
        fixed (EpollEvent* pinned = events)
        {
            return Result(EpollWaitNative(epoll, pinned, events.Length, timeoutMilliseconds));
        }
    }

    [LibraryImport(Libc, EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreateNative(int flags);

    [LibraryImport(Libc, EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int EpollCtlNative(int epoll, int operation, int fd, EpollEvent* request);

    [LibraryImport(Libc, EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int EpollWaitNative(int epoll, EpollEvent* events, int maximum, int timeout);
}
