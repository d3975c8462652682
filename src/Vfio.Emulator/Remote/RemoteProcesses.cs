using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
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
    private readonly ConcurrentDictionary<int, RemoteThread> _threads = new();
    private readonly Dictionary<int, RemoteProcess> _processes = [];
    private int _nextSweep = 64;

    /// <summary>A calling thread; null when it has gone.</summary>
    /// <param name="thread">Its number.</param>
    /// <param name="isSure">It need not be asked whether it is the same as last time: what is done of it shows that.</param>
    public RemoteThread? Find(int thread, bool isSure)
    {
        if (_threads.TryGetValue(thread, out RemoteThread? known) && (isSure || known.IsThere))
        {
            return known;
        }

        lock (_lock)
        {
            return Learn(thread);
        }
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

        SafeFileHandle? descriptors = RemoteCalls.OpenDescriptors(thread);
        if (descriptors is null)
        {
            return null;
        }

        var learnt = new RemoteThread(process, RemoteCalls.OpenThread(thread, thread == id), descriptors);
        _threads[thread] = learnt;
        return learnt;
    }

    private void Sweep(bool keepLiving)
    {
        foreach ((int thread, RemoteThread known) in _threads)
        {
            if (!keepLiving || !known.IsThere)
            {
                _threads.TryRemove(thread, out _);
            }
        }

        foreach (RemoteProcess gone in _processes.Values.Where(process => !keepLiving || !process.IsThere).ToArray())
        {
            _processes.Remove(gone.Id);
            gone.Forget();
        }
    }
}
