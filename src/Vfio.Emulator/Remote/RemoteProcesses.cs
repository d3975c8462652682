using System.Collections.Concurrent;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>The processes of the program that have called so far, found by thread. A number that was given to another thread since is noticed.</summary>
/// <remarks>The lock guards the making and forgetting of processes and of their memories; finding one takes none.</remarks>
/// <param name="host">The host.</param>
/// <param name="memfds">Where memory files become backings.</param>
/// <param name="softFiles">The open soft files.</param>
/// <param name="memlockLimit">What locked memory is held against; null: each process's own RLIMIT_MEMLOCK.</param>
internal sealed class RemoteProcesses(ISystemCalls host, MemfdBackings memfds, SoftFiles softFiles, ulong? memlockLimit)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<int, RemoteThread> _threads = new();
    private readonly Dictionary<int, RemoteProcess> _processes = [];
    private int _nextSweep = 64;

    /// <summary>A calling thread, of which the caller becomes a user; null when it has gone.</summary>
    /// <param name="thread">Its number.</param>
    /// <param name="isSure">It need not be asked whether it is the same as last time: what is done of it shows that.</param>
    public RemoteThread? Find(int thread, bool isSure)
    {
        if (_threads.TryGetValue(thread, out RemoteThread? known) && known.TryAcquire())
        {
            if (isSure || known.IsThere)
            {
                return known;
            }

            known.Release();
        }

        lock (_lock)
        {
            return Learn(thread);
        }
    }

    /// <summary>Sees to it that a process has the memory that it has: once a call, for exec is not trapped.</summary>
    /// <param name="process">The process.</param>
    /// <param name="thread">The calling thread.</param>
    public void LookAtMemory(RemoteProcess process, int thread)
    {
        if (!process.HasMemory)
        {
            LearnMemory(process, thread);
        }

        process.IsReachedBy(thread);
    }

    /// <summary>Limits or rights are being changed: who each is must be read again.</summary>
    public void ForgetCredentials()
    {
        lock (_lock)
        {
            foreach (RemoteProcess process in _processes.Values)
            {
                process.ForgetCredentials();
            }
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Sweep(keepLiving: false);
        }
    }

    private void LearnMemory(RemoteProcess process, int thread)
    {
        lock (_lock)
        {
            if (process.HasMemory)
            {
                return;
            }

            // Between vfork and exec a child runs in its parent's memory.
            int parent = ProcessStatus.ReadParentId(host, process.Id);
            if (parent > 1 && RemoteCalls.ShareMemory(process.Id, parent) && LearnProcess(parent) is { } lender)
            {
                if (!lender.HasMemory)
                {
                    lender.Give(new RemoteMemory(host, parent, parent, memfds, softFiles), isLent: false);
                }

                process.Give(lender.Memory, isLent: true);
                return;
            }

            process.Give(new RemoteMemory(host, process.Id, thread, memfds, softFiles), isLent: false);
        }
    }

    private RemoteThread? Learn(int thread)
    {
        int id = ProcessStatus.ReadProcessId(host, thread);
        if (id == 0)
        {
            return null;
        }

        if (_threads.Count + _processes.Count > _nextSweep)
        {
            Sweep(keepLiving: true);
            _nextSweep = Math.Max(64, (_threads.Count + _processes.Count) * 2);
        }

        int descriptors = RemoteCalls.OpenDescriptors(thread);
        if (descriptors < 0)
        {
            return null;
        }

        if (LearnProcess(id) is not { } process || !process.TryAcquire())
        {
            host.Close(descriptors);
            return null;
        }

        var learnt = new RemoteThread(host, process, RemoteCalls.OpenProcess(thread, thread: thread != id), descriptors);
        learnt.TryAcquire();
        if (_threads.TryRemove(thread, out RemoteThread? before))
        {
            before.Release();
        }

        _threads[thread] = learnt;
        return learnt;
    }

    private RemoteProcess? LearnProcess(int id)
    {
        if (_processes.TryGetValue(id, out RemoteProcess? process))
        {
            if (process.IsThere)
            {
                return process;
            }

            _processes.Remove(id);
            process.Release();
        }

        int descriptor = RemoteCalls.OpenProcess(id, thread: false);
        if (descriptor < 0)
        {
            return null;
        }

        process = new RemoteProcess(host, id, descriptor, memlockLimit);
        _processes.Add(id, process);
        return process;
    }

    private void Sweep(bool keepLiving)
    {
        foreach ((int thread, RemoteThread known) in _threads)
        {
            if ((!keepLiving || !known.IsThere) && _threads.TryRemove(thread, out _))
            {
                known.Release();
            }
        }

        foreach (RemoteProcess gone in _processes.Values.Where(process => !keepLiving || !process.IsThere).ToArray())
        {
            _processes.Remove(gone.Id);
            gone.Release();
        }
    }
}
