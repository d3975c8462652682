using System.Collections.Concurrent;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>The host, with an account of the descriptors and mappings taken from it and not given back, and running out of them on demand.</summary>
internal sealed class CountingHost(ISystemCalls host) : ISystemCalls
{
    private readonly ConcurrentDictionary<int, string> _descriptors = new();
    private readonly ConcurrentDictionary<nint, nuint> _mappings = new();
    private int _calls;
    private int _opens;

    /// <summary>Every so many calls that need a descriptor or a mapping, one fails with EMFILE; 0: none.</summary>
    public int FailEvery { get; set; }

    /// <summary>What is held.</summary>
    public IReadOnlyList<string> Held => [.. _descriptors.Select(entry => $"fd {entry.Key}: {entry.Value}"), .. _mappings.Select(entry => $"{entry.Value} bytes mapped")];

    /// <summary>How many files were opened by their paths.</summary>
    public int Opens => Volatile.Read(ref _opens);

    public int Open(string path, OpenFlags flags) => Interlocked.Increment(ref _opens) != 0 && Fails() ? -(int)Errno.EMFILE : Took(host.Open(path, flags), path);

    public int Close(int fd)
    {
        _descriptors.TryRemove(fd, out _);
        return host.Close(fd);
    }

    public int Dup(int fd) => Fails() ? -(int)Errno.EMFILE : Took(host.Dup(fd), "dup");

    public int Ioctl(int fd, uint request, nuint argument) => host.Ioctl(fd, request, argument);

    public int Ioctl(int fd, uint request, Span<byte> argument) => host.Ioctl(fd, request, argument);

    public nint Read(int fd, Span<byte> buffer) => host.Read(fd, buffer);

    public nint Write(int fd, ReadOnlySpan<byte> buffer) => host.Write(fd, buffer);

    public nint Pread(int fd, Span<byte> buffer, long offset) => host.Pread(fd, buffer, offset);

    public nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => host.Pwrite(fd, buffer, offset);

    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset)
    {
        nint address = Fails() ? -(int)Errno.ENOMEM : host.Mmap(length, protection, flags, fd, offset);
        if (address is >= 0 or < -4095)
        {
            _mappings[address] = length;
        }

        return address;
    }

    public int Munmap(nint address, nuint length)
    {
        _mappings.TryRemove(address, out _);
        return host.Munmap(address, length);
    }

    public int Madvise(nint address, nuint length, MemoryAdvice advice) => host.Madvise(address, length, advice);

    public int Eventfd(uint initial, EventfdFlags flags) => Fails() ? -(int)Errno.EMFILE : Took(host.Eventfd(initial, flags), "eventfd");

    public int MemfdCreate(string name, MemfdFlags flags) => Fails() ? -(int)Errno.EMFILE : Took(host.MemfdCreate(name, flags), $"memfd {name}");

    public int Ftruncate(int fd, long length) => host.Ftruncate(fd, length);

    public int AddSeals(int fd, FileSeals seals) => host.AddSeals(fd, seals);

    public int GetSeals(int fd) => host.GetSeals(fd);

    public int Poll(Span<PollFd> fds, int timeoutMilliseconds) => host.Poll(fds, timeoutMilliseconds);

    public int EpollCreate() => Took(host.EpollCreate(), "epoll");

    public int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => host.EpollCtl(epoll, operation, fd, events, data);

    public int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => host.EpollWait(epoll, events, timeoutMilliseconds);

    public int Stat(string path, out FileStatus status) => host.Stat(path, out status);

    public int Fstat(int fd, out FileStatus status) => host.Fstat(fd, out status);

    public int Access(string path, AccessMode mode) => host.Access(path, mode);

    public nint Readlink(string path, Span<byte> target) => host.Readlink(path, target);

    public nint Getdents(int fd, Span<byte> records) => host.Getdents(fd, records);

    public int GetMemlockLimit(out ulong bytes) => host.GetMemlockLimit(out bytes);

    private bool Fails() => FailEvery != 0 && Interlocked.Increment(ref _calls) % FailEvery == 0;

    private int Took(int fd, string what)
    {
        if (fd >= 0)
        {
            _descriptors[fd] = what;
        }

        return fd;
    }
}
