namespace Vfio.Uapi;

/// <summary>
/// The outer seam: the system calls a VFIO program makes, as calls, with the kernel's own results. Implemented on libc by the library and
/// in process by the soft kernel; nothing else passes between the two.
/// </summary>
/// <remarks>
/// Every method returns what the kernel returns: zero or more on success, the negative of an <see cref="Errno"/> on failure. No method
/// throws for an errno, and none retries: EINTR is the caller's to handle. Every descriptor made is close-on-exec. Paths are absolute.
/// Implementations are safe to call from any thread.
/// </remarks>
public interface ISystemCalls
{
    /// <summary>openat(AT_FDCWD, <paramref name="path"/>, <paramref name="flags"/> | O_CLOEXEC).</summary>
    int Open(string path, OpenFlags flags);

    /// <summary>close. The descriptor is gone whatever is returned.</summary>
    int Close(int fd);

    /// <summary>fcntl(<paramref name="fd"/>, F_DUPFD_CLOEXEC, 0): a new descriptor of the same open file.</summary>
    int Dup(int fd);

    /// <summary>
    /// ioctl whose argument is a value, or an address that nobody vouches for: a bad one is EFAULT, never a crash.
    /// </summary>
    int Ioctl(int fd, uint request, nuint argument);

    /// <summary>ioctl on memory that the runtime vouches for; it stays pinned for the call. Read and written in place.</summary>
    int Ioctl(int fd, uint request, Span<byte> argument);

    /// <summary>read: bytes read, 0 at the end.</summary>
    nint Read(int fd, Span<byte> buffer);

    /// <summary>write: bytes written.</summary>
    nint Write(int fd, ReadOnlySpan<byte> buffer);

    /// <summary>pread64 at <paramref name="offset"/> bytes.</summary>
    nint Pread(int fd, Span<byte> buffer, long offset);

    /// <summary>pwrite64 at <paramref name="offset"/> bytes.</summary>
    nint Pwrite(int fd, ReadOnlySpan<byte> buffer, long offset);

    /// <summary>mmap(NULL, ...): the address, or a negative errno in -4095..-1. <paramref name="fd"/> is -1 for anonymous memory.</summary>
    nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset);

    /// <summary>munmap.</summary>
    int Munmap(nint address, nuint length);

    /// <summary>madvise.</summary>
    int Madvise(nint address, nuint length, MemoryAdvice advice);

    /// <summary>eventfd2(<paramref name="initial"/>, <paramref name="flags"/> | EFD_CLOEXEC).</summary>
    int Eventfd(uint initial, EventfdFlags flags);

    /// <summary>memfd_create(<paramref name="name"/>, <paramref name="flags"/> | MFD_CLOEXEC).</summary>
    int MemfdCreate(string name, MemfdFlags flags);

    /// <summary>ftruncate to <paramref name="length"/> bytes.</summary>
    int Ftruncate(int fd, long length);

    /// <summary>fcntl(F_ADD_SEALS).</summary>
    int AddSeals(int fd, FileSeals seals);

    /// <summary>fcntl(F_GET_SEALS): the <see cref="FileSeals"/>, or a negative errno.</summary>
    int GetSeals(int fd);

    /// <summary>poll; <paramref name="timeoutMilliseconds"/> -1 waits without end. Returns how many entries have events.</summary>
    int Poll(Span<PollFd> fds, int timeoutMilliseconds);

    /// <summary>epoll_create1(EPOLL_CLOEXEC).</summary>
    int EpollCreate();

    /// <summary>epoll_ctl: <paramref name="data"/> comes back with each event.</summary>
    int EpollCtl(int epoll, EpollOperation operation, int fd, PollEvents events, ulong data);

    /// <summary>epoll_wait; -1 waits without end. Returns how many events were written.</summary>
    int EpollWait(int epoll, Span<EpollEvent> events, int timeoutMilliseconds);

    /// <summary>statx(AT_FDCWD, <paramref name="path"/>), following symbolic links.</summary>
    int Stat(string path, out FileStatus status);

    /// <summary>statx of an open file (AT_EMPTY_PATH).</summary>
    int Fstat(int fd, out FileStatus status);

    /// <summary>faccessat2(AT_FDCWD, <paramref name="path"/>, <paramref name="mode"/>, AT_EACCESS).</summary>
    int Access(string path, AccessMode mode);

    /// <summary>readlinkat: bytes of the target written, not zero-terminated.</summary>
    nint Readlink(string path, Span<byte> target);

    /// <summary>getdents64: bytes of linux_dirent64 records written, 0 at the end.</summary>
    nint Getdents(int fd, Span<byte> records);

    /// <summary>prlimit64(0, RLIMIT_MEMLOCK): the soft limit in bytes, <see cref="ulong.MaxValue"/> for none.</summary>
    int GetMemlockLimit(out ulong bytes);
}
