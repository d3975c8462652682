using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const int CloseOnExec = 0x80000;

    public int Open(string path, OpenFlags flags) => Result(OpenNative(path, (int)flags | CloseOnExec, 0));

    // open(2) is variadic; x86-64 passes the optional mode as any other argument.
    [LibraryImport(Libc, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenNative(string path, int flags, uint mode);
}
