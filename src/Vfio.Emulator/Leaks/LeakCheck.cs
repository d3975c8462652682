using System.Globalization;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Leaks;

/// <summary>
/// Finds what programs never give back: what a file holds that is open when its process exits, and that this exit closes. What a process has open is looked at
/// when it calls exit, before the kernel closes anything; which of those files close is seen as any closing is. A process that a signal ends has no say,
/// and leaks nothing.
/// </summary>
/// <remarks>Its lock is inside the closing lock of <see cref="SoftFiles"/>.</remarks>
/// <param name="host">The host.</param>
internal sealed class LeakCheck(ISystemCalls host)
{
    private readonly Lock _lock = new();
    private readonly List<ExitingProcess> _exiting = [];
    private readonly List<Leak> _leaks = [];

    /// <summary>Called when there is one more exit to wait for.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>The pidfds of those whose exit is not over.</summary>
    public IReadOnlyList<int> Awaited
    {
        get
        {
            lock (_lock)
            {
                return [.. _exiting.Select(static exiting => exiting.Process.Descriptor)];
            }
        }
    }

    /// <summary>What was found until now.</summary>
    public IReadOnlyList<Leak> Leaks
    {
        get
        {
            lock (_lock)
            {
                return [.. _leaks];
            }
        }
    }

    /// <summary>A thread calls exit, or exit_group.</summary>
    /// <param name="thread">The thread.</param>
    /// <param name="process">Its process.</param>
    /// <param name="files">Its descriptors.</param>
    /// <param name="isWhole">All of the process ends, whatever threads it has.</param>
    public void Exit(int thread, RemoteProcess process, RemoteFileTable files, bool isWhole)
    {
        // The first thread may have ended, and then has nothing open.
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}");
        try
        {
            if (!isWhole && Directory.EnumerateDirectories($"{directory}/task").Count(HasNotEnded) > 1)
            {
                return;
            }

            string program = File.ReadAllText($"{directory}/comm").TrimEnd('\n');
            List<(SoftOpen, Leak)> held = [];
            foreach (int fd in Directory.EnumerateFiles($"{directory}/fd").Select(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Order())
            {
                if (files.Find(fd) is not { } open)
                {
                    continue;
                }

                Leak leak = new(process.Id, program, fd, open.Node?.Path, open.File.Held);
                open.File.Put();
                if (leak.Held.Count > 0 && !held.Exists(other => other.Item1 == open))
                {
                    held.Add((open, leak));
                }
            }

            if (held.Count == 0 || !process.TryAcquire())
            {
                return;
            }

            lock (_lock)
            {
                _exiting.Add(new ExitingProcess(process, held));
            }

            Changed();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was killed meanwhile.
        }
    }

    /// <summary>Those who have closed all they had: what closed is in the events by now.</summary>
    public IReadOnlyList<ExitingProcess> FindGone()
    {
        lock (_lock)
        {
            return [.. _exiting.Where(exiting => IsGone(exiting.Process.Descriptor))];
        }
    }

    /// <summary>The last descriptor of a file is closed: by an exit, if one was under way that had it.</summary>
    public void Closed(SoftOpen open)
    {
        lock (_lock)
        {
            foreach (ExitingProcess exiting in Enumerable.Reverse(_exiting))
            {
                if (exiting.Files.FirstOrDefault(file => file.Open == open).Leak is { } leak)
                {
                    _leaks.Add(leak);
                    return;
                }
            }
        }
    }

    /// <summary>Whatever of theirs is open still somebody else has: it is his to give back.</summary>
    public void Forget(IReadOnlyList<ExitingProcess> gone)
    {
        lock (_lock)
        {
            foreach (ExitingProcess exiting in gone.Where(_exiting.Remove))
            {
                exiting.Process.Release();
            }
        }
    }

    // Its name, which is in parentheses and may have any in it, and then its state.
    private static bool HasNotEnded(string task)
    {
        string status = File.ReadAllText($"{task}/stat");
        return status[(status.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
    }

    // A pidfd is readable once all threads have ended. Linux: pidfd_poll; exit_files and the closing of files come before exit_notify in do_exit.
    private bool IsGone(int descriptor)
    {
        Span<PollFd> awaited = [new PollFd(descriptor, PollEvents.In)];
        return host.Poll(awaited, 0) > 0;
    }
}
