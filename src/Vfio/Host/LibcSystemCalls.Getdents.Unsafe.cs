using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public unsafe nint Getdents(int fd, Span<byte> records)
    {
        // Sound: pinned for the call, which writes no more than the length given.
        fixed (byte* pinned = records)
        {
            return Result(GetdentsNative(fd, pinned, (nuint)records.Length));
        }
    }

    [LibraryImport(Libc, EntryPoint = "getdents64", SetLastError = true)]
    private static unsafe partial nint GetdentsNative(int fd, byte* records, nuint length);
}
