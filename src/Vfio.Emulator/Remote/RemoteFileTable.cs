using Vfio.Emulator.Notify;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>The descriptors of whoever calls now, as one receiver serves it. Linux: current->files.</summary>
/// <param name="host">The host.</param>
/// <param name="listener">Where descriptors are given through.</param>
/// <param name="softFiles">The open soft files.</param>
/// <param name="pinnable">Files held for IOMMU_IOAS_MAP_FILE.</param>
internal sealed class RemoteFileTable(ISystemCalls host, Listener listener, SoftFiles softFiles, PinnableFiles pinnable) : IFileTable
{
    private ulong _call;
    private int _id;
    private int _process;
    private RemoteThread? _thread;
    private int _identified;
    private FileIdentity _identity;

    /// <summary>Who called before: most often the one who calls now.</summary>
    public KernelTask? LastTask { get; set; }

    /// <summary>The call that is served from now on.</summary>
    public void Serve(ulong call, int id, RemoteThread thread) => (_call, _id, _thread, _process, _identified) = (call, id, thread, thread.Descriptor, -1);

    /// <summary>The open behind the caller's descriptor, with a reference on its file; null when it is no soft file.</summary>
    public SoftOpen? Find(int fd) => TryIdentify(fd, out FileIdentity identity) ? softFiles.Find(identity, _id, fd) : null;

    /// <summary>Which file the caller's descriptor is; asked once a call, for most calls are about one.</summary>
    public bool TryIdentify(int fd, out FileIdentity identity)
    {
        identity = _identity;
        if (fd >= 0 && fd == _identified)
        {
            return true;
        }

        bool found = RemoteCalls.TryIdentify(_thread!.Descriptors, fd, out identity);
        (_identified, _identity) = (found ? fd : -1, identity);
        return found;
    }

    /// <inheritdoc/>
    public OpenFile? Get(int fd) => Find(fd)?.File;

    /// <inheritdoc/>
    public int TakeHostDescriptor(int fd) => RemoteCalls.TakeDescriptor(_process, fd);

    /// <summary>The program has the descriptor from here on: the host gives out no number alone. Only another thread that guesses it could tell.</summary>
    public int Reserve(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite) => Install(file, flags, closeOnExec: true);

    /// <summary>It is one already.</summary>
    public void Publish(int fd)
    {
    }

    /// <summary>
    /// Nobody closes another process's descriptor. The program could not be told of this one, and has the number until it exits; but nothing of ours
    /// behind it.
    /// </summary>
    public void Withdraw(int fd)
    {
        int nothing = host.Open("/dev/null", OpenFlags.ReadOnly);
        if (nothing >= 0)
        {
            listener.TryReplace(_call, nothing, fd);
            host.Close(nothing);
        }
    }

    /// <summary>A descriptor of a file, whose reference passes to the table, with FD_CLOEXEC or without; <paramref name="node"/>: what was opened.</summary>
    public int Install(OpenFile file, OpenFlags flags, bool closeOnExec, MachineFile? node = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        int own = softFiles.Add(file, flags, node);
        if (own < 0)
        {
            return own;
        }

        // Ours goes before the call is answered, so that the program's are the only ones that keep it open; where it got none, this closes the file, and the next call finds it released.
        int given = listener.TryAdd(_call, own, closeOnExec);
        host.Close(own);
        return given;
    }

    /// <inheritdoc/>
    public Errno HoldForPinning(int fd, out PinnableFile? file)
    {
        file = null;
        int taken = RemoteCalls.TakeDescriptor(_process, fd);
        if (taken < 0)
        {
            return (Errno)(-taken);
        }

        bool isSoft = RemoteCalls.Identify(taken, out FileIdentity identity) == 0 && softFiles.Covers(identity);
        Errno error = pinnable.Hold(taken, isSoft, out file);
        host.Close(taken);
        return error;
    }
}
