using System.Collections.Concurrent;
using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>
/// The host as the soft kernel of an emulated machine sees it: as it is, but the files that stand for soft ones are made in a
/// <see cref="FileSpace"/>, where their closing is noticed.
/// </summary>
/// <param name="host">The host.</param>
internal sealed class EmulatedHost(ISystemCalls host) : ISystemCalls
{
    private readonly ConcurrentDictionary<int, string> _names = new();

    /// <summary>The file space: there before the first program can open anything.</summary>
    public FileSpace? Space { get; set; }

    public int MemfdCreate(string name, MemfdFlags flags)
    {
        if (Space is null)
        {
            return -(int)Errno.ENODEV;
        }

        int made = Space.Make(out string file);
        if (made >= 0)
        {
            _names[made] = file;
        }

        return made;
    }

    public int Close(int fd)
    {
        if (_names.TryRemove(fd, out string? name))
        {
            Space?.Remove(name);
        }

        return host.Close(fd);
    }

    /// <summary>A file of the space is open here but once: whether a program has it open as well can be told then.</summary>
    public int Open(string path, OpenFlags flags)
    {
        const string Own = "/proc/self/fd/";
        return path.StartsWith(Own, StringComparison.Ordinal) && int.TryParse(path.AsSpan(Own.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int own)
            && _names.ContainsKey(own) ? host.Dup(own) : host.Open(path, flags);
    }

    public int Dup(int fd) => host.Dup(fd);

    public int Ioctl(int fd, uint request, nuint argument) => host.Ioctl(fd, request, argument);

    public int Ioctl(int fd, uint request, Span<byte> argument) => host.Ioctl(fd, request, argument);

    public nint Read(int fd, Span<byte> buffer) => host.Read(fd, buffer);

    public nint Write(int fd, ReadOnlySpan<byte> buffer) => host.Write(fd, buffer);

    public nint Pread(int fd, Span<byte> buffer, long offset) => host.Pread(fd, buffer, offset);

    public nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => host.Pwrite(fd, buffer, offset);

    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) => host.Mmap(length, protection, flags, fd, offset);

    public int Munmap(nint address, nuint length) => host.Munmap(address, length);

    public int Madvise(nint address, nuint length, MemoryAdvice advice) => host.Madvise(address, length, advice);

    public int Eventfd(uint initial, EventfdFlags flags) => host.Eventfd(initial, flags);

    public int Ftruncate(int fd, long length) => host.Ftruncate(fd, length);

    public int AddSeals(int fd, FileSeals seals) => host.AddSeals(fd, seals);

    public int GetSeals(int fd) => host.GetSeals(fd);

    public int Poll(Span<PollFd> fds, int timeoutMilliseconds) => host.Poll(fds, timeoutMilliseconds);

    public int EpollCreate() => host.EpollCreate();

    public int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => host.EpollCtl(epoll, operation, fd, events, data);

    public int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => host.EpollWait(epoll, events, timeoutMilliseconds);

    public int Stat(string path, out FileStatus status) => host.Stat(path, out status);

    public int Fstat(int fd, out FileStatus status) => host.Fstat(fd, out status);

    public int Access(string path, AccessMode mode) => host.Access(path, mode);

    public nint Readlink(string path, Span<byte> target) => host.Readlink(path, target);

    public nint Getdents(int fd, Span<byte> records) => host.Getdents(fd, records);

    public int GetMemlockLimit(out ulong bytes) => host.GetMemlockLimit(out bytes);
}
