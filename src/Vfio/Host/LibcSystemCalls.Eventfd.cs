using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    public int Eventfd(uint initial, EventfdFlags flags) => Result(EventfdNative(initial, (int)flags | CloseOnExec));

    [LibraryImport(Libc, EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventfdNative(uint initial, int flags);
}
