using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

public sealed partial class SoftSystemCalls : ISystemCalls
{
    /// <inheritdoc/>
    public int Open(string path, OpenFlags flags) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Close(int fd) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Dup(int fd) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Ioctl(int fd, uint request, nuint argument) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Ioctl(int fd, uint request, Span<byte> argument) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Read(int fd, Span<byte> buffer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Write(int fd, ReadOnlySpan<byte> buffer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Pread(int fd, Span<byte> buffer, long offset) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Munmap(nint address, nuint length) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Madvise(nint address, nuint length, MemoryAdvice advice) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Eventfd(uint initial, EventfdFlags flags) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int MemfdCreate(string name, MemfdFlags flags) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Ftruncate(int fd, long length) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int AddSeals(int fd, FileSeals seals) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int GetSeals(int fd) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Poll(Span<PollFd> fds, int timeoutMilliseconds) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int EpollCreate() => throw new NotImplementedException();

    /// <inheritdoc/>
    public int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Stat(string path, out FileStatus status) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Fstat(int fd, out FileStatus status) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int Access(string path, AccessMode mode) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Readlink(string path, Span<byte> target) => throw new NotImplementedException();

    /// <inheritdoc/>
    public nint Getdents(int fd, Span<byte> records) => throw new NotImplementedException();

    /// <inheritdoc/>
    public int GetMemlockLimit(out ulong bytes) => throw new NotImplementedException();
}
