using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public int Close(int fd) => Result(CloseNative(fd));

    [LibraryImport(Libc, EntryPoint = "close", SetLastError = true)]
    private static partial int CloseNative(int fd);
}
