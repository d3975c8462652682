using System.Collections.Concurrent;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>The processes of the program that have called so far, found by thread. A number that was given to another thread since is noticed.</summary>
/// <remarks>The lock guards the making and forgetting of processes; finding one takes none.</remarks>
/// <param name="host">The host.</param>
/// <param name="memfds">Where memory files become backings.</param>
internal sealed class RemoteProcesses(ISystemCalls host, MemfdBackings memfds)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<int, KnownThread> _threads = new();
    private readonly Dictionary<int, RemoteProcess> _processes = [];
    private int _nextSweep = 64;

    /// <summary>The process a calling thread belongs to; null when it has gone.</summary>
    public RemoteProcess? Find(int thread)
    {
        if (_threads.TryGetValue(thread, out KnownThread known) && RemoteCalls.IsThere(known.Descriptor))
        {
            return known.Process;
        }

        lock (_lock)
        {
            if (_threads.TryRemove(thread, out known))
            {
                host.Close(known.Descriptor);
            }

            return Learn(thread);
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Sweep(static _ => false);
        }
    }

    private RemoteProcess? Learn(int thread)
    {
        int id = ProcessStatus.ReadProcessId(host, thread);
        if (id == 0)
        {
            return null;
        }

        if (_threads.Count + _processes.Count > _nextSweep)
        {
            Sweep(RemoteCalls.IsThere);
            _nextSweep = Math.Max(64, (_threads.Count + _processes.Count) * 2);
        }

        if (_processes.TryGetValue(id, out RemoteProcess? process) && !process.IsThere)
        {
            _processes.Remove(id);
            process.Forget();
            process = null;
        }

        if (process is null)
        {
            int descriptor = RemoteCalls.OpenProcess(id, thread: false);
            if (descriptor < 0)
            {
                return null;
            }

            process = new RemoteProcess(host, id, descriptor, memfds);
            _processes.Add(id, process);
        }

        // Before Linux 6.9 a thread has no pidfd, and is looked up again at each call.
        int own = RemoteCalls.OpenProcess(thread, thread: thread != id);
        if (own >= 0)
        {
            _threads[thread] = new KnownThread(own, process);
        }

        return process;
    }

    private void Sweep(Func<int, bool> keep)
    {
        foreach ((int thread, KnownThread known) in _threads)
        {
            if (!keep(known.Descriptor) && _threads.TryRemove(thread, out _))
            {
                host.Close(known.Descriptor);
            }
        }

        foreach (RemoteProcess gone in _processes.Values.Where(process => !keep(process.Descriptor)).ToArray())
        {
            _processes.Remove(gone.Id);
            gone.Forget();
        }
    }

    private readonly record struct KnownThread(int Descriptor, RemoteProcess Process);
}
