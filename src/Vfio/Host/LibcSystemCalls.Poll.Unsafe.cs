using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public unsafe int Poll(Span<PollFd> fds, int timeoutMilliseconds)
    {
        // Sound: PollFd is struct pollfd, and the array stays pinned while the kernel writes revents into it.
        fixed (PollFd* pinned = fds)
        {
            return Result(PollNative(pinned, (nuint)fds.Length, timeoutMilliseconds));
        }
    }

    [LibraryImport(Libc, EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int PollNative(PollFd* fds, nuint count, int timeout);
}
