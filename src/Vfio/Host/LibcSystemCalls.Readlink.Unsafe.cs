using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public unsafe nint Readlink(string path, Span<byte> target)
    {
        // Sound: pinned for the call, which writes no more than the length given.
        fixed (byte* pinned = target)
        {
            return Result(ReadlinkNative(CurrentDirectory, path, pinned, (nuint)target.Length));
        }
    }

    [LibraryImport(Libc, EntryPoint = "readlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint ReadlinkNative(int directory, string path, byte* target, nuint length);
}
