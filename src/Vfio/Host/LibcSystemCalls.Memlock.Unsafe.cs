using System.Runtime.InteropServices;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const int MemlockResource = 8;

    public unsafe int GetMemlockLimit(out ulong bytes)
    {
        ResourceLimit limit;

        // Sound: ResourceLimit is struct rlimit64, and a local does not move; no new limit is given (null).
        int result = Result(PrlimitNative(0, MemlockResource, null, &limit));
        bytes = result < 0 ? 0 : limit.Soft;
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "prlimit64", SetLastError = true)]
    private static unsafe partial int PrlimitNative(int pid, int resource, ResourceLimit* replacement, ResourceLimit* current);

    /// <summary>struct rlimit64; RLIM64_INFINITY is all ones.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
