using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// The soft kernel for a program in this process. Paths under /sys, /dev and /proc, and the files opened there, are the machine's; every other
/// call is the host's. A descriptor that is duplicated or closed behind its back is not noticed.
/// </summary>
public sealed partial class SoftSystemCalls : ISystemCalls
{
    private readonly ISystemCalls _host;
    private readonly MemfdBackings _memfds;
    private readonly MappingTable _mappings;
    private readonly FileTable _files;
    private readonly ProcessMemory _memory;
    private readonly KernelTask _task;

    /// <summary>A program on <paramref name="machine"/>.</summary>
    /// <param name="machine">The machine; not owned.</param>
    /// <param name="credentials">Who calls; null for root with every capability.</param>
    public SoftSystemCalls(SoftMachine machine, Credentials? credentials = null)
    {
        ArgumentNullException.ThrowIfNull(machine);
        Machine = machine;
        Credentials = credentials ?? Credentials.Root;
        _host = machine.Host;
        _memfds = new MemfdBackings(_host);
        _mappings = new MappingTable(_host, _memfds);
        _files = new FileTable(_host, _memfds);
        _memory = new ProcessMemory(_host, _mappings);
        _task = new KernelTask(Environment.ProcessId, _memory, _files, Credentials);
    }

    /// <summary>The machine.</summary>
    public SoftMachine Machine { get; }

    /// <summary>Who calls.</summary>
    public Credentials Credentials { get; }

    /// <summary>The caller as the soft kernel sees it.</summary>
    public KernelTask Task => _task;

    /// <summary>What this program has not given back: a line for each soft descriptor open and for memory still pinned. Empty when nothing leaks.</summary>
    public IReadOnlyList<string> FindLeaks()
        => _memfds.Count == 0 ? _files.Open : [.. _files.Open, $"{_memfds.Count} memory files pinned"];

    /// <summary>A descriptor of this program's own for a file that another program on the same machine has open: what SCM_RIGHTS gives.</summary>
    /// <param name="from">The other program.</param>
    /// <param name="fd">Its descriptor, of a soft file or of the host's.</param>
    /// <returns>The descriptor, or a negative errno.</returns>
    public int Take(SoftSystemCalls from, int fd)
    {
        ArgumentNullException.ThrowIfNull(from);
        return from._files.TryGet(fd, out SoftDescriptor? soft) ? _files.Duplicate(soft) : _host.Dup(fd);
    }
}
