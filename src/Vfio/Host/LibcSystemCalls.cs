using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>The system calls of this machine, on libc; each in a file of its own.</summary>
internal sealed partial class LibcSystemCalls : ISystemCalls
{
    private const string Libc = "libc";

    private LibcSystemCalls()
    {
    }

    public static LibcSystemCalls Instance { get; } = new();

    // The errno must be read before anything else runs on this thread.
    private static int Result(int result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();

    private static nint Result(nint result) => result >= 0 ? result : -Marshal.GetLastPInvokeError();
}
