namespace Vfio.Uapi;

/// <summary>System calls that are another's, but for those that are overridden.</summary>
/// <param name="next">Who answers them.</param>
public class ForwardingSystemCalls(ISystemCalls next) : ISystemCalls
{
    /// <inheritdoc/>
    public virtual int Open(string path, OpenFlags flags) => next.Open(path, flags);

    /// <inheritdoc/>
    public virtual int Close(int fd) => next.Close(fd);

    /// <inheritdoc/>
    public virtual int Dup(int fd) => next.Dup(fd);

    /// <inheritdoc/>
    public virtual int Ioctl(int fd, uint request, nuint argument) => next.Ioctl(fd, request, argument);

    /// <inheritdoc/>
    public virtual int Ioctl(int fd, uint request, Span<byte> argument) => next.Ioctl(fd, request, argument);

    /// <inheritdoc/>
    public virtual nint Read(int fd, Span<byte> buffer) => next.Read(fd, buffer);

    /// <inheritdoc/>
    public virtual nint Write(int fd, ReadOnlySpan<byte> buffer) => next.Write(fd, buffer);

    /// <inheritdoc/>
    public virtual nint Pread(int fd, Span<byte> buffer, long offset) => next.Pread(fd, buffer, offset);

    /// <inheritdoc/>
    public virtual nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => next.Pwrite(fd, buffer, offset);

    /// <inheritdoc/>
    public virtual nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) => next.Mmap(length, protection, flags, fd, offset);

    /// <inheritdoc/>
    public virtual int Munmap(nint address, nuint length) => next.Munmap(address, length);

    /// <inheritdoc/>
    public virtual int Madvise(nint address, nuint length, MemoryAdvice advice) => next.Madvise(address, length, advice);

    /// <inheritdoc/>
    public virtual int Eventfd(uint initial, EventfdFlags flags) => next.Eventfd(initial, flags);

    /// <inheritdoc/>
    public virtual int MemfdCreate(string name, MemfdFlags flags) => next.MemfdCreate(name, flags);

    /// <inheritdoc/>
    public virtual int Ftruncate(int fd, long length) => next.Ftruncate(fd, length);

    /// <inheritdoc/>
    public virtual int AddSeals(int fd, FileSeals seals) => next.AddSeals(fd, seals);

    /// <inheritdoc/>
    public virtual int GetSeals(int fd) => next.GetSeals(fd);

    /// <inheritdoc/>
    public virtual int Poll(Span<PollFd> fds, int timeoutMilliseconds) => next.Poll(fds, timeoutMilliseconds);

    /// <inheritdoc/>
    public virtual int EpollCreate() => next.EpollCreate();

    /// <inheritdoc/>
    public virtual int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => next.EpollCtl(epoll, operation, fd, events, data);

    /// <inheritdoc/>
    public virtual int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => next.EpollWait(epoll, events, timeoutMilliseconds);

    /// <inheritdoc/>
    public virtual int Stat(string path, out FileStatus status) => next.Stat(path, out status);

    /// <inheritdoc/>
    public virtual int Fstat(int fd, out FileStatus status) => next.Fstat(fd, out status);

    /// <inheritdoc/>
    public virtual int Access(string path, AccessMode mode) => next.Access(path, mode);

    /// <inheritdoc/>
    public virtual nint Readlink(string path, Span<byte> target) => next.Readlink(path, target);

    /// <inheritdoc/>
    public virtual nint Getdents(int fd, Span<byte> records) => next.Getdents(fd, records);

    /// <inheritdoc/>
    public virtual int GetMemlockLimit(out ulong bytes) => next.GetMemlockLimit(out bytes);
}
