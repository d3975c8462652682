using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public unsafe nint Write(int fd, ReadOnlySpan<byte> buffer)
    {
        // Sound: pinned for the call, which reads no more than the length given.
        fixed (byte* pinned = buffer)
        {
            return Result(WriteNative(fd, pinned, (nuint)buffer.Length));
        }
    }

    public unsafe nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset)
    {
        // Sound: as above.
        fixed (byte* pinned = buffer)
        {
            return Result(PwriteNative(fd, pinned, (nuint)buffer.Length, offset));
        }
    }

    [LibraryImport(Libc, EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint WriteNative(int fd, byte* buffer, nuint length);

    [LibraryImport(Libc, EntryPoint = "pwrite64", SetLastError = true)]
    private static unsafe partial nint PwriteNative(int fd, byte* buffer, nuint length, long offset);
}
