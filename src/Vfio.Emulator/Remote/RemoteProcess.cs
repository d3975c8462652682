using System.Collections.Concurrent;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>A process of the program's. Linux: struct task_struct, as far as its threads share it.</summary>
/// <param name="host">The host.</param>
/// <param name="id">Its process id.</param>
/// <param name="descriptor">Its pidfd; owned.</param>
/// <param name="memfds">Where memory files become backings.</param>
internal sealed class RemoteProcess(ISystemCalls host, int id, int descriptor, MemfdBackings memfds)
{
    private readonly ConcurrentDictionary<IFileTable, KernelTask> _tasks = new();
    private RemoteMemory? _memory;
    private Credentials? _credentials;
    private int _root = -1;

    /// <summary>Its process id.</summary>
    public int Id => id;

    /// <summary>Its pidfd.</summary>
    public int Descriptor => descriptor;

    /// <summary>It has not been waited for.</summary>
    public bool IsThere => RemoteCalls.IsThere(descriptor);

    /// <summary>Its memory since its last exec.</summary>
    public RemoteMemory Memory
    {
        get
        {
            if (Volatile.Read(ref _memory) is null)
            {
                Interlocked.CompareExchange(ref _memory, new RemoteMemory(host, id, memfds), null);
            }

            return _memory!;
        }
    }

    /// <summary>Its root directory, for looking up its paths; negative errno.</summary>
    public int Root
    {
        get
        {
            if (Volatile.Read(ref _root) < 0)
            {
                int opened = ProcessStatus.OpenRoot(host, id);
                if (Interlocked.CompareExchange(ref _root, opened, -1) != -1 && opened >= 0)
                {
                    host.Close(opened);
                }
            }

            return _root;
        }
    }

    /// <summary>It as the caller of the soft kernel, with the file table of the call.</summary>
    public KernelTask TaskFor(IFileTable files)
    {
        Credentials? who = Volatile.Read(ref _credentials);
        if (who is null)
        {
            who = ProcessStatus.ReadCredentials(host, id, RemoteCalls.MemlockLimit(id));
            Volatile.Write(ref _credentials, who);
        }

        RemoteMemory memory = Memory;
        if (!_tasks.TryGetValue(files, out KernelTask? task) || task.Credentials != who || task.Memory != memory)
        {
            task = new KernelTask(id, memory, files, who);
            _tasks[files] = task;
        }

        return task;
    }

    /// <summary>It calls exec: another memory, perhaps other rights and another root. If exec fails, only what is remembered is lost.</summary>
    public void BeforeExec()
    {
        Volatile.Write(ref _memory, null);
        Volatile.Write(ref _credentials, null);
        _tasks.Clear();
    }

    /// <summary>Its user, capabilities or limits are about to change.</summary>
    public void ForgetCredentials() => Volatile.Write(ref _credentials, null);

    /// <summary>It has gone.</summary>
    public void Forget()
    {
        if (Interlocked.Exchange(ref _root, int.MinValue) is >= 0 and int root)
        {
            host.Close(root);
        }

        host.Close(descriptor);
    }
}
