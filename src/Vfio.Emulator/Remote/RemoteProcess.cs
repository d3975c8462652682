using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>A process of the program's. Linux: struct task_struct, as far as its threads share it.</summary>
/// <param name="host">The host.</param>
/// <param name="id">Its process id.</param>
/// <param name="descriptor">Its pidfd; owned.</param>
/// <param name="memlockLimit">What it locks is held against this; null: its own RLIMIT_MEMLOCK.</param>
internal sealed class RemoteProcess(ISystemCalls host, int id, int descriptor, ulong? memlockLimit) : Counted
{
    private readonly Lock _lock = new();
    private RemoteMemory? _memory;
    private bool _isLent;
    private Credentials? _credentials;

    /// <summary>Its process id.</summary>
    public int Id => id;

    /// <summary>Its pidfd.</summary>
    public int Descriptor => descriptor;

    /// <summary>It has not been waited for.</summary>
    public bool IsThere => RemoteCalls.IsThere(descriptor);

    /// <summary>Its memory, as it was when <see cref="HasMemory"/> said so or it was given.</summary>
    public RemoteMemory Memory => Volatile.Read(ref _memory)!;

    /// <summary>Its memory is what it was: exec, which gives it another, is not told of, and may fail.</summary>
    public bool HasMemory
        => Volatile.Read(ref _memory) is { IsThere: true } memory && (!Volatile.Read(ref _isLent) || RemoteCalls.ShareMemory(id, memory.ProcessId));

    /// <summary>One of its threads calls, and so lives; but in the memory of its parent it may leave that.</summary>
    public void IsReachedBy(int thread)
    {
        RemoteMemory memory = Memory;
        memory.Thread = Volatile.Read(ref _isLent) ? memory.ProcessId : thread;
    }

    /// <summary>Another memory, and with it perhaps other rights.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="isLent">It is the parent's (vfork).</param>
    public void Give(RemoteMemory memory, bool isLent)
    {
        lock (_lock)
        {
            LetGoOfMemory();
            Volatile.Write(ref _credentials, null);
            Volatile.Write(ref _isLent, isLent);
            Volatile.Write(ref _memory, memory);
        }
    }

    /// <summary>It as the caller of the soft kernel, with the file table of the call; the one before where nothing is different.</summary>
    public KernelTask TaskFor(RemoteFileTable files)
    {
        Credentials? who = Volatile.Read(ref _credentials);
        if (who is null)
        {
            who = ProcessStatus.ReadCredentials(host, id, memlockLimit ?? RemoteCalls.MemlockLimit(id));
            Volatile.Write(ref _credentials, who);
        }

        RemoteMemory memory = Memory;
        if (files.LastTask is not { } task || task.ProcessId != id || task.Credentials != who || task.Memory != memory)
        {
            task = new KernelTask(id, memory, files, who);
            files.LastTask = task;
        }

        return task;
    }

    /// <summary>Its user, capabilities or limits are about to change.</summary>
    public void ForgetCredentials() => Volatile.Write(ref _credentials, null);

    /// <inheritdoc/>
    protected override void Free()
    {
        host.Close(descriptor);
        lock (_lock)
        {
            LetGoOfMemory();
        }
    }

    private void LetGoOfMemory()
    {
        if (!_isLent)
        {
            _memory?.LetGo();
        }
    }
}
