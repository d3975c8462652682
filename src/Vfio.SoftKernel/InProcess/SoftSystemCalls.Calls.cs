using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

public sealed partial class SoftSystemCalls
{
    private const string OwnDescriptors = "/proc/self/fd/";

    /// <inheritdoc/>
    public int Open(string path, OpenFlags flags)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!SoftTree.Covers(path))
        {
            return _host.Open(path, flags);
        }

        return path.StartsWith(OwnDescriptors, StringComparison.Ordinal)
            && int.TryParse(path.AsSpan(OwnDescriptors.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int fd)
            ? OpenAgain(path, fd, flags) : Install(Machine.Tree.Open(_task, path, flags, out TreeNode? node), flags, node);
    }

    /// <inheritdoc/>
    public int Close(int fd) => _files.TryClose(fd, out int result) ? result : _host.Close(fd);

    /// <inheritdoc/>
    public int Dup(int fd) => _files.TryGet(fd, out SoftDescriptor? soft) ? _files.Duplicate(soft) : _host.Dup(fd);

    /// <inheritdoc/>
    public int Ioctl(int fd, uint request, nuint argument)
        => _files.TryGet(fd, out SoftDescriptor? soft) ? Ioctl(soft, request, new UserArgument(_task.Memory, argument)) : _host.Ioctl(fd, request, argument);

    /// <inheritdoc/>
    public int Ioctl(int fd, uint request, Span<byte> argument)
        => _files.TryGet(fd, out SoftDescriptor? soft) ? Ioctl(soft, request, new UserArgument(argument)) : _host.Ioctl(fd, request, argument);

    /// <inheritdoc/>
    public nint Read(int fd, Span<byte> buffer)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Read(fd, buffer);
        }

        try
        {
            lock (soft.PositionLock)
            {
                return soft.CanRead ? soft.File.Read(_task, buffer, ref soft.Position) : -(int)Errno.EBADF;
            }
        }
        finally
        {
            soft.File.Put();
        }
    }

    /// <inheritdoc/>
    public nint Write(int fd, ReadOnlySpan<byte> buffer)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Write(fd, buffer);
        }

        try
        {
            lock (soft.PositionLock)
            {
                return soft.CanWrite ? soft.File.Write(_task, buffer, ref soft.Position) : -(int)Errno.EBADF;
            }
        }
        finally
        {
            soft.File.Put();
        }
    }

    /// <inheritdoc/>
    public nint Pread(int fd, Span<byte> buffer, long offset)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Pread(fd, buffer, offset);
        }

        try
        {
            Errno error = soft.File.CheckPlaced(offset, soft.CanRead);
            return error == Errno.None ? soft.File.Read(_task, buffer, ref offset) : -(int)error;
        }
        finally
        {
            soft.File.Put();
        }
    }

    /// <inheritdoc/>
    public nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Pwrite(fd, buffer, offset);
        }

        try
        {
            Errno error = soft.File.CheckPlaced(offset, soft.CanWrite);
            return error == Errno.None ? soft.File.Write(_task, buffer, ref offset) : -(int)error;
        }
        finally
        {
            soft.File.Put();
        }
    }

    /// <inheritdoc/>
    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset)
    {
        if ((flags & MmapFlags.Anonymous) == 0 && _files.TryGet(fd, out SoftDescriptor? soft))
        {
            try
            {
                return MapSoft(soft, length, protection, flags, offset);
            }
            finally
            {
                soft.File.Put();
            }
        }

        nint address = _host.Mmap(length, protection, flags, fd, offset);
        if (address is >= 0 or < -4095 && (flags & (MmapFlags.Shared | MmapFlags.Anonymous)) == MmapFlags.Shared)
        {
            _mappings.AddFile(address, RoundUp(length), protection, fd, offset);
        }

        return address;
    }

    /// <inheritdoc/>
    public int Munmap(nint address, nuint length)
    {
        // Forgotten first: once the host has let go, the addresses can be another mapping's.
        if (length > 0 && length <= nuint.MaxValue - 4095 && ((nuint)address & 4095) == 0)
        {
            _mappings.Remove(address, length);
            if (RoundUp(length) <= UserMemory.End && (ulong)address <= UserMemory.End - RoundUp(length))
            {
                _memory.Lose((ulong)address, RoundUp(length));
            }
        }

        return _host.Munmap(address, length);
    }

    /// <inheritdoc/>
    public int Madvise(nint address, nuint length, MemoryAdvice advice) => _host.Madvise(address, length, advice);

    /// <inheritdoc/>
    public int Eventfd(uint initial, EventfdFlags flags) => _host.Eventfd(initial, flags);

    /// <inheritdoc/>
    public int MemfdCreate(string name, MemfdFlags flags) => _host.MemfdCreate(name, flags);

    /// <summary>As the host's; of a soft file EINVAL, as of every file that is not a regular one.</summary>
    public int Ftruncate(int fd, long length) => IsSoft(fd) ? -(int)Errno.EINVAL : _host.Ftruncate(fd, length);

    /// <summary>As the host's; of a soft file EINVAL.</summary>
    public int AddSeals(int fd, FileSeals seals) => IsSoft(fd) ? -(int)Errno.EINVAL : _host.AddSeals(fd, seals);

    /// <summary>As the host's; of a soft file EINVAL.</summary>
    public int GetSeals(int fd) => IsSoft(fd) ? -(int)Errno.EINVAL : _host.GetSeals(fd);

    /// <inheritdoc/>
    public int Poll(Span<PollFd> fds, int timeoutMilliseconds) => _host.Poll(fds, timeoutMilliseconds);

    /// <inheritdoc/>
    public int EpollCreate() => _host.EpollCreate();

    /// <inheritdoc/>
    public int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => _host.EpollCtl(epoll, operation, fd, events, data);

    /// <inheritdoc/>
    public int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => _host.EpollWait(epoll, events, timeoutMilliseconds);

    /// <inheritdoc/>
    public int Stat(string path, out FileStatus status)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!SoftTree.Covers(path))
        {
            return _host.Stat(path, out status);
        }

        Errno error = Machine.Tree.Find(path, followLast: true, out TreeNode? node);
        status = node?.Status ?? default;
        return -(int)error;
    }

    /// <inheritdoc/>
    public int Fstat(int fd, out FileStatus status)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Fstat(fd, out status);
        }

        status = soft.File.Status;
        soft.File.Put();
        return 0;
    }

    /// <inheritdoc/>
    public int Access(string path, AccessMode mode)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!SoftTree.Covers(path))
        {
            return _host.Access(path, mode);
        }

        Errno error = Machine.Tree.Find(path, followLast: true, out TreeNode? node);
        return -(int)(error == Errno.None ? node!.Permit(Credentials, mode) : error);
    }

    /// <inheritdoc/>
    public nint Readlink(string path, Span<byte> target)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!SoftTree.Covers(path))
        {
            return _host.Readlink(path, target);
        }

        if (target.IsEmpty)
        {
            return -(int)Errno.EINVAL;
        }

        Errno error = Machine.Tree.Find(path, followLast: false, out TreeNode? node);
        if (error != Errno.None || node is not TreeLink link)
        {
            return -(int)(error == Errno.None ? Errno.EINVAL : error);
        }

        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes(link.Target);
        text = text[..Math.Min(text.Length, target.Length)];
        text.CopyTo(target);
        return text.Length;
    }

    /// <inheritdoc/>
    public nint Getdents(int fd, Span<byte> records)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Getdents(fd, records);
        }

        try
        {
            lock (soft.PositionLock)
            {
                return soft.File.Getdents(_task, records, ref soft.Position);
            }
        }
        finally
        {
            soft.File.Put();
        }
    }

    /// <summary>The limit of <see cref="Credentials"/>.</summary>
    public int GetMemlockLimit(out ulong bytes)
    {
        bytes = Credentials.MemlockLimit;
        return 0;
    }

    // proc_pid_get_link leads to the inode itself, whatever became of its name. One that is anonymous cannot be opened (no_open).
    private int OpenAgain(string path, int fd, OpenFlags flags)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return _host.Open(path, flags);
        }

        soft.File.Put();
        return soft.Node is { } node ? Install(Machine.Tree.Open(_task, node, flags), flags, node) : -(int)Errno.ENXIO;
    }

    private int Install(OpenResult opened, OpenFlags flags, TreeNode? node)
        => opened.Succeeded ? _files.Install(opened.File, flags, node) : -(int)opened.Error;

    private int Ioctl(SoftDescriptor soft, uint request, UserArgument argument)
    {
        try
        {
            return soft.File.Ioctl(_task, request, argument);
        }
        finally
        {
            soft.File.Put();
        }
    }

    // do_mmap's checks, then the file's own, then the host maps the file's descriptor at the same offset.
    private nint MapSoft(SoftDescriptor soft, nuint length, MmapProtection protection, MmapFlags flags, long offset)
    {
        Errno error = soft.File.CheckMap(length, protection, flags, (ulong)offset, soft.CanRead, soft.CanWrite);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        int allowed = soft.File.Mmap(_task, RoundUp(length), protection, flags, (ulong)offset);
        if (allowed < 0)
        {
            return allowed;
        }

        nint address = _host.Mmap(length, protection, flags, soft.File.HostDescriptor, offset);
        if (address is >= 0 or < -4095)
        {
            _mappings.AddDevice(address, RoundUp(length), soft.File, (ulong)offset);
        }
        else
        {
            soft.File.MappingClosed((ulong)offset);
        }

        return address;
    }

    private bool IsSoft(int fd)
    {
        if (!_files.TryGet(fd, out SoftDescriptor? soft))
        {
            return false;
        }

        soft.File.Put();
        return true;
    }

    private static nuint RoundUp(nuint length) => (length + 4095) & ~(nuint)4095;
}
