using System.Runtime.InteropServices;

namespace Vfio.Transcripts.Play;

/// <summary>Processes on the kernel this process runs on: this one, and children.</summary>
internal static class RealProcess
{
    private const int PidfdOpen = 434;
    private const int PidfdGetfd = 438;

    /// <summary>The first process of a transcript is this one; every other a child.</summary>
    public static IProcess Create(ProcessSettings? settings, Dictionary<string, ulong> numbers)
        => settings is null ? new LocalProcess(VfioHost.Local.Calls, numbers, Take) : new ChildProcess(settings, numbers);

    /// <summary>The same for many sessions: where things are is known, and the children are lent.</summary>
    public static Func<ProcessSettings?, Dictionary<string, ulong>, IProcess> CreateFrom(WorkerPool pool)
    {
        var places = new Places(VfioHost.Local.Calls);
        return (settings, numbers) => settings is null ? new LocalProcess(VfioHost.Local.Calls, numbers, Take, places) : pool.Lend(settings, numbers);
    }

    /// <summary>Another process's file as one of this process's.</summary>
    public static int Take(IProcess from, string file)
    {
        (int process, int descriptor) = from.Locate(file);
        return Take(process, descriptor);
    }

    /// <summary>As <see cref="Take(IProcess, string)"/>, by numbers.</summary>
    public static int Take(int process, int descriptor)
    {
        int pidfd = (int)Native.Syscall(PidfdOpen, process, 0, 0, 0);
        if (pidfd < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        int fd = (int)Native.Syscall(PidfdGetfd, pidfd, descriptor, 0, 0);
        int result = fd < 0 ? -Marshal.GetLastPInvokeError() : fd;
        _ = VfioHost.Local.Calls.Close(pidfd);
        return result;
    }
}
