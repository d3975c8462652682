using System.Runtime.InteropServices;

namespace Vfio.NvmeLoop;

/// <summary>CPU time of the thread that asks.</summary>
internal static partial class ThreadTime
{
    private const int ThreadClock = 3;

    public static double Nanoseconds
        => GetTime(ThreadClock, out Timespec time) == 0 ? (time.Seconds * 1e9) + time.Nanoseconds : throw new InvalidOperationException("clock_gettime");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out Timespec time);

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
