using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public int Ioctl(int fd, uint request, nuint argument) => Result(IoctlNative(fd, request, argument));

    public unsafe int Ioctl(int fd, uint request, Span<byte> argument)
    {
        // Sound: the span stays pinned for the whole call, and a kernel that copies structs keeps to the size the struct itself states.
        fixed (byte* pinned = argument)
        {
            return Result(IoctlNative(fd, request, (nuint)pinned));
        }
    }

    [LibraryImport(Libc, EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoctlNative(int fd, nuint request, nuint argument);
}
