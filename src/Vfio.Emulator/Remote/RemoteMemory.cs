using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>A program's memory, from its last exec on: reached by process_vm_readv and process_vm_writev, where a bad address is an error. Linux: mm_struct.</summary>
/// <remarks>A handle of /proc/PID/mem tells this memory from that of another process of the same number, or of the same one after exec.</remarks>
/// <param name="host">The host.</param>
/// <param name="processId">The process.</param>
/// <param name="memfds">Where memory files become backings.</param>
internal sealed class RemoteMemory(ISystemCalls host, int processId, MemfdBackings memfds) : UserMemory
{
    /// <summary>TASK_SIZE of x86-64 with four-level paging: no address of a program's is past it.</summary>
    public const ulong AddressSpaceSize = 1UL << 47;

    private readonly Lock _filesLock = new();
    private readonly Dictionary<(uint, uint, ulong), DmaBacking> _files = [];
    private RemoteBacking? _everything;
    private RemoteBacking? _hugePages;
    private readonly SafeFileHandle? _handle = RemoteCalls.OpenMemory(processId);

    /// <summary>The process.</summary>
    public int ProcessId => processId;

    /// <summary>Where the host lists its mappings.</summary>
    public string MapsPath { get; } = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/maps");

    /// <summary>The process lives and has this memory still.</summary>
    public bool IsThere => _handle is not null && RemoteCalls.IsMemoryThere(_handle);

    /// <inheritdoc/>
    public override Errno CopyIn(ulong address, Span<byte> destination)
        => destination.IsEmpty || (IsUserRange(address, (ulong)destination.Length) && RemoteCalls.TryRead(processId, address, destination)) ? Errno.None : Errno.EFAULT;

    /// <inheritdoc/>
    public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
        => source.IsEmpty || (IsUserRange(address, (ulong)source.Length) && RemoteCalls.TryWrite(processId, address, source)) ? Errno.None : Errno.EFAULT;

    /// <summary>strncpy_from_user: the string at an address, with its zero; null when it is not there, or longer.</summary>
    public ReadOnlySpan<byte> CopyString(ulong address, Span<byte> buffer)
    {
        // The string may end right before a page that is not there.
        int length = 0;
        while (length < buffer.Length && IsUserRange(address + (ulong)length, 1))
        {
            int piece = Math.Min(buffer.Length - length, 4096 - (int)((address + (ulong)length) & 4095));
            if (RemoteCalls.ReadSome(processId, address + (ulong)length, buffer.Slice(length, piece)) != piece)
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

        if (single.IsShared && !single.IsHuge && TryPinFile(single, address, length, writable, out backing, out offset))
        {
            return Errno.None;
        }

        ref RemoteBacking? place = ref huge ? ref _hugePages : ref _everything;
        if (Volatile.Read(ref place) is null)
        {
            Interlocked.CompareExchange(ref place, new RemoteBacking(host, this, huge ? 2u << 20 : 4096u), null);
        }

        backing = place!;
        backing.Acquire();
        offset = address;
        return Errno.None;
    }

    // A shared mapping's file is what a pin keeps: the same pages after the program has unmapped them. Opening what is mapped takes the host's
    // root; others reach the program's memory alone.
    private bool TryPinFile(in ProcessMapping mapping, ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = mapping.Offset + (address - mapping.Start);
        int fd = host.Open(
            string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/map_files/{mapping.Start:x}-{mapping.End:x}"),
            mapping.IsWritable ? OpenFlags.ReadWrite : OpenFlags.ReadOnly);
        if (fd < 0)
        {
            return false;
        }

        bool found = false;
        if (host.Fstat(fd, out FileStatus status) == 0 && (status.DeviceMajor, status.DeviceMinor, status.Inode) == mapping.File)
        {
            if (memfds.TryGet(fd, status, offset + length, writable, out MemfdBacking? mapped))
            {
                backing = mapped;
                found = true;
            }
            else
            {
                found = TryHold(fd, mapping, status, offset + length, out backing);
            }
        }

        host.Close(fd);
        return found;
    }

    // A file that may still shrink: one backing for all pins that it reaches.
    private bool TryHold(int fd, in ProcessMapping mapping, in FileStatus status, ulong end, out DmaBacking? backing)
    {
        ulong size = (status.Size + 4095) & ~4095UL;
        lock (_filesLock)
        {
            if (_files.TryGetValue(mapping.File, out backing) && backing.Length >= end && backing.TryAcquire())
            {
                return true;
            }

            if (size < end || FileBacking.TryCreate(host, fd, mapping.File, size, out backing) != Errno.None || backing is null)
            {
                return false;
            }

            _files[mapping.File] = backing;
            return true;
        }
    }

    private static bool IsUserRange(ulong address, ulong length) => length <= AddressSpaceSize && address <= AddressSpaceSize - length;

    // The permissions of every page, as the host lists them, and whether all of them are huge ones; the mapping, where one has all of them.
    private bool IsMapped(ulong address, ulong length, bool writable, out bool huge, out ProcessMapping single)
    {
        huge = true;
        single = default;
        Span<byte> probe = stackalloc byte[1];
        ulong covered = address;
        ulong end = address + length;
        foreach (ProcessMapping mapping in ProcessMaps.Read(host, MapsPath))
        {
            if (mapping.End <= covered)
            {
                continue;
            }

            if (mapping.Start > covered || !mapping.IsReadable || (writable && !mapping.IsWritable))
            {
                return false;
            }

            // Past the end of a file there is no page; if the last is there, all are.
            if (mapping.File.Inode != 0 && !RemoteCalls.TryRead(processId, Math.Min(mapping.End, end) - 1, probe))
            {
                return false;
            }

            huge &= mapping.IsHuge;
            if (covered == address && mapping.End >= end)
            {
                single = mapping;
            }

            covered = mapping.End;
            if (covered >= end)
            {
                return true;
            }
        }

        return false;
    }
}
