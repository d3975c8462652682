using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public unsafe nint Read(int fd, Span<byte> buffer)
    {
        // Sound: pinned for the call, which writes no more than the length given.
        fixed (byte* pinned = buffer)
        {
            return Result(ReadNative(fd, pinned, (nuint)buffer.Length));
        }
    }

    public unsafe nint Pread(int fd, Span<byte> buffer, long offset)
    {
        // Sound: as above.
        fixed (byte* pinned = buffer)
        {
            return Result(PreadNative(fd, pinned, (nuint)buffer.Length, offset));
        }
    }

    [LibraryImport(Libc, EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint ReadNative(int fd, byte* buffer, nuint length);

    [LibraryImport(Libc, EntryPoint = "pread64", SetLastError = true)]
    private static unsafe partial nint PreadNative(int fd, byte* buffer, nuint length, long offset);
}
