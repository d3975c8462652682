using System.Globalization;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>A program's memory, from its last exec on: reached by process_vm_readv and process_vm_writev, where a bad address is an error. Linux: mm_struct.</summary>
/// <remarks>
/// A handle of /proc/PID/mem tells this memory from that of another process of the same number, or of the same one after exec. The lock guards the backings; under it
/// one may be made.
/// </remarks>
internal sealed class RemoteMemory : UserMemory
{
    /// <summary>TASK_SIZE of x86-64 with four-level paging: no address of a program's is past it.</summary>
    public const ulong AddressSpaceSize = 1UL << 47;

    private const ulong HugePage = 2 << 20;
    private const ulong Page = 4096;

    private readonly Lock _lock = new();
    private readonly ISystemCalls _host;
    private readonly MemfdBackings _memfds;
    private readonly SoftFiles _softFiles;
    private readonly SharedDescriptor? _handle;
    private readonly SharedDescriptor? _maps;

    private readonly HeldFiles _files = new();
    private RemoteBacking? _everything;
    private RemoteBacking? _hugePages;
    private int _users = 1;
    private int _thread;
    private bool _cannotOpenMapped;

    /// <summary>The memory a process has now.</summary>
    /// <param name="host">The host.</param>
    /// <param name="processId">The process.</param>
    /// <param name="thread">A thread of it that lives.</param>
    /// <param name="memfds">Where memory files become backings.</param>
    /// <param name="softFiles">The open soft files.</param>
    public RemoteMemory(ISystemCalls host, int processId, int thread, MemfdBackings memfds, SoftFiles softFiles)
    {
        _host = host;
        _memfds = memfds;
        _softFiles = softFiles;
        ProcessId = processId;
        _thread = thread;
        _handle = RemoteCalls.OpenMemory(thread) is >= 0 and int memory ? new SharedDescriptor(host, memory) : null;
        _maps = RemoteCalls.OpenMaps(thread) is >= 0 and int maps ? new SharedDescriptor(host, maps) : null;
        Mappings = new RemoteMappings(host, thread, _maps);
    }

    /// <summary>The process.</summary>
    public int ProcessId { get; }

    /// <summary>A thread that has this memory: the last that called. A process whose first thread has ended is not reached by its own number.</summary>
    public int Thread
    {
        get => Volatile.Read(ref _thread);
        set => Volatile.Write(ref _thread, value);
    }

    /// <summary>What it has mapped.</summary>
    public RemoteMappings Mappings { get; }

    /// <summary>The process lives and has this memory still.</summary>
    public override bool IsThere
    {
        get
        {
            if (_handle is null || !_handle.TryAcquire())
            {
                return false;
            }

            bool isThere = RemoteCalls.IsMemoryThere(_handle.Number);
            _handle.Release();
            return isThere;
        }
    }

    /// <summary>
    /// Reads; false when not every byte is there. Nobody need be calling: the process's own number is nobody else's while its memory is there, and of
    /// another thread's, which may end meanwhile, it is asked whose it is.
    /// </summary>
    public bool TryRead(ulong address, Span<byte> destination)
        => IsThere && (RemoteCalls.TryRead(ProcessId, address, destination) || (IsWithoutFirstThread && RemoteCalls.TryRead(Thread, address, destination)));

    /// <summary>Writes, as the read.</summary>
    public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        => IsThere && (RemoteCalls.TryWrite(ProcessId, address, source) || (IsWithoutFirstThread && RemoteCalls.TryWrite(Thread, address, source)));

    /// <summary>The process has another memory, or is gone. What is pinned keeps what it needs.</summary>
    public void LetGo()
    {
        lock (_lock)
        {
            _everything?.Release();
            _hugePages?.Release();
            _everything = _hugePages = null;
        }

        _files.Clear();
        Release();
    }

    /// <summary>One user less; the last closes the handles.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _handle?.Release();
            _maps?.Release();
        }
    }

    /// <inheritdoc/>
    public override Errno CopyIn(ulong address, Span<byte> destination)
        => destination.IsEmpty || (IsUserRange(address, (ulong)destination.Length) && TryRead(address, destination)) ? Errno.None : Errno.EFAULT;

    /// <summary>copy_to_user. The call may have lasted: whoever has the number of a caller that was killed meanwhile is not written to.</summary>
    public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
        => source.IsEmpty || (IsUserRange(address, (ulong)source.Length) && TryWrite(address, source)) ? Errno.None : Errno.EFAULT;

    /// <summary>strncpy_from_user: the string at an address, with its zero; null when it is not there, or longer.</summary>
    public ReadOnlySpan<byte> CopyString(ulong address, Span<byte> buffer)
    {
        // The string may end right before a page that is not there.
        int length = 0;
        while (length < buffer.Length && IsUserRange(address + (ulong)length, 1))
        {
            int piece = Math.Min(buffer.Length - length, 4096 - (int)((address + (ulong)length) & 4095));
            if (!TryRead(address + (ulong)length, buffer.Slice(length, piece)))
            {
                break;
            }

            int end = buffer.Slice(length, piece).IndexOf((byte)0);
            if (end >= 0)
            {
                return buffer[..(length + end + 1)];
            }

            length += piece;
        }

        return default;
    }

    /// <inheritdoc/>
    public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = address;
        if (!IsUserRange(address, length) || !IsMapped(address, length, writable, out bool huge, out ProcessMapping single))
        {
            return Errno.EFAULT;
        }

        if (single.IsShared && TryPinFile(single, address, length, writable, out backing, out offset))
        {
            return Errno.None;
        }

        offset = address;
        lock (_lock)
        {
            ref RemoteBacking? place = ref huge ? ref _hugePages : ref _everything;
            if (place is null && !TryMakeBacking(huge ? HugePage : Page, out place))
            {
                return Errno.EFAULT;
            }

            backing = place!;
            backing.Acquire();
            return Errno.None;
        }
    }

    /// <inheritdoc/>
    public override Errno PinRegisters(ulong address, ulong length, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        Span<byte> name = stackalloc byte[64];
        if (!IsUserRange(address, length) || !Mappings.TryFind(address, name, out ProcessMapping mapping) || address < mapping.Start || address + length > mapping.End
            || _softFiles.FindMapped(mapping.File, name) is not { } open)
        {
            return Errno.EFAULT;
        }

        backing = open.File.RegistersAt(mapping.Offset + (address - mapping.Start), length, out offset);
        open.File.Put();
        return backing is null ? Errno.EFAULT : Errno.None;
    }

    // Perhaps; and the other thread is one of it still.
    private bool IsWithoutFirstThread => Thread != ProcessId && ProcessStatus.ReadProcessId(_host, Thread) == ProcessId;

    private static bool IsUserRange(ulong address, ulong length) => length <= AddressSpaceSize && address <= AddressSpaceSize - length;

    // Under the lock. Whoever is gone already cannot be pinned.
    private bool TryMakeBacking(ulong pageSize, out RemoteBacking? backing)
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                backing = new RemoteBacking(this, pageSize);
                return true;
            }

            users = seen;
        }

        backing = null;
        return false;
    }

    // A shared mapping's file is what a pin keeps: the same pages after the program has unmapped them. Opening what is mapped takes the host's
    // root; others reach the program's memory alone.
    private bool TryPinFile(in ProcessMapping mapping, ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        offset = mapping.Offset + (address - mapping.Start);
        ulong end = offset + length;
        if (_memfds.TryGetKnown(mapping.File, end, writable, out MemfdBacking? known))
        {
            backing = known;
            return true;
        }

        if (_files.TryGet(mapping.File, mapping.IsWritable, end, out backing))
        {
            return true;
        }

        int fd = Volatile.Read(ref _cannotOpenMapped) ? -(int)Errno.EPERM : _host.Open(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{Thread}/map_files/{mapping.Start:x}-{mapping.End:x}"),
            mapping.IsWritable ? OpenFlags.ReadWrite : OpenFlags.ReadOnly);
        if (fd < 0)
        {
            Volatile.Write(ref _cannotOpenMapped, fd == -(int)Errno.EPERM);
            return false;
        }

        bool found = false;
        if (_host.Fstat(fd, out FileStatus status) == 0 && (status.DeviceMajor, status.DeviceMinor, status.Inode) == mapping.File)
        {
            if (_memfds.TryGet(fd, status, end, writable, out MemfdBacking? mapped))
            {
                backing = mapped;
                found = true;
            }
            else
            {
                // hugetlbfs has no pwrite.
                found = !mapping.IsHuge && TryHold(fd, mapping, status, end, out backing);
            }
        }

        _host.Close(fd);
        return found;
    }

    // A file that may still shrink: one backing for all pins that it reaches.
    private bool TryHold(int fd, in ProcessMapping mapping, in FileStatus status, ulong end, out DmaBacking? backing)
    {
        ulong size = (status.Size + 4095) & ~4095UL;
        if (size < end || FileBacking.TryCreate(_host, fd, mapping.File, size, out backing) != Errno.None || backing is null)
        {
            backing = null;
            return false;
        }

        _files.Add(mapping.File, mapping.IsWritable, backing);
        return true;
    }

    // The permissions of every page, as the host lists them, and whether all of them are huge ones; the mapping, where one has all of them. A
    // device's registers have no pages to pin (VM_PFNMAP).
    private bool IsMapped(ulong address, ulong length, bool writable, out bool huge, out ProcessMapping single)
    {
        huge = true;
        single = default;
        Span<byte> probe = stackalloc byte[1];
        ulong end = address + length;
        for (ulong covered = address; covered < end;)
        {
            if (!Mappings.TryFind(covered, out ProcessMapping mapping) || mapping.Start > covered || !mapping.IsReadable || (writable && !mapping.IsWritable)
                || _softFiles.Covers(mapping.File))
            {
                return false;
            }

            // Past the end of a file there is no page; if the last is there, all are.
            if (mapping.File.Inode != 0 && !TryRead(Math.Min(mapping.End, end) - 1, probe))
            {
                return false;
            }

            huge &= mapping.IsHuge;
            if (covered == address && mapping.End >= end)
            {
                single = mapping;
            }

            covered = mapping.End;
        }

        return true;
    }
}
