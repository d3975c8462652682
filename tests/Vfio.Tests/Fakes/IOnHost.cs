using Vfio.Uapi;

namespace Vfio.Tests;

/// <summary>A kernel that is the host's but for what it answers itself: memory, eventfds and who waits for them.</summary>
internal interface IOnHost : ISystemCalls
{
    private static LibcSystemCalls Host => LibcSystemCalls.Instance;

    int ISystemCalls.Eventfd(uint initial, EventfdFlags flags) => Host.Eventfd(initial, flags);

    int ISystemCalls.MemfdCreate(string name, MemfdFlags flags) => Host.MemfdCreate(name, flags);

    int ISystemCalls.Ftruncate(int fd, long length) => Host.Ftruncate(fd, length);

    int ISystemCalls.AddSeals(int fd, FileSeals seals) => Host.AddSeals(fd, seals);

    int ISystemCalls.GetSeals(int fd) => Host.GetSeals(fd);

    int ISystemCalls.Poll(Span<PollFd> fds, int timeoutMilliseconds) => Host.Poll(fds, timeoutMilliseconds);

    int ISystemCalls.EpollCreate() => Host.EpollCreate();

    int ISystemCalls.EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => Host.EpollCtl(epoll, operation, fd, events, data);

    int ISystemCalls.EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => Host.EpollWait(epoll, events, timeoutMilliseconds);

    nint ISystemCalls.Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) => Host.Mmap(length, protection, flags, fd, offset);

    int ISystemCalls.Munmap(nint address, nuint length) => Host.Munmap(address, length);

    int ISystemCalls.Madvise(nint address, nuint length, MemoryAdvice advice) => Host.Madvise(address, length, advice);

    int ISystemCalls.GetMemlockLimit(out ulong bytes) => Host.GetMemlockLimit(out bytes);

    int ISystemCalls.Dup(int fd) => throw new NotSupportedException();

    nint ISystemCalls.Pread(int fd, Span<byte> buffer, long offset) => throw new NotSupportedException();

    nint ISystemCalls.Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => throw new NotSupportedException();

    int ISystemCalls.Stat(string path, out FileStatus status) => throw new NotSupportedException();

    int ISystemCalls.Fstat(int fd, out FileStatus status) => throw new NotSupportedException();

    int ISystemCalls.Access(string path, AccessMode mode) => throw new NotSupportedException();

    nint ISystemCalls.Readlink(string path, Span<byte> target) => throw new NotSupportedException();

    nint ISystemCalls.Getdents(int fd, Span<byte> records) => throw new NotSupportedException();
}
