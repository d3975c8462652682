namespace Vfio.Uapi;

/// <summary>Linux error numbers (x86-64, asm-generic). A system call that fails returns the negative of one of these.</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,
    /// <summary>Operation not permitted (1).</summary>
    EPERM = 1,
    /// <summary>No such file or directory (2).</summary>
    ENOENT = 2,
    /// <summary>No such process (3).</summary>
    ESRCH = 3,
    /// <summary>Interrupted system call (4).</summary>
    EINTR = 4,
    /// <summary>Input/output error (5).</summary>
    EIO = 5,
    /// <summary>No such device or address (6).</summary>
    ENXIO = 6,
    /// <summary>Argument list too long (7).</summary>
    E2BIG = 7,
    /// <summary>Exec format error (8).</summary>
    ENOEXEC = 8,
    /// <summary>Bad file descriptor (9).</summary>
    EBADF = 9,
    /// <summary>No child processes (10).</summary>
    ECHILD = 10,
    /// <summary>Resource temporarily unavailable (11).</summary>
    EAGAIN = 11,
    /// <summary>Cannot allocate memory (12).</summary>
    ENOMEM = 12,
    /// <summary>Permission denied (13).</summary>
    EACCES = 13,
    /// <summary>Bad address (14).</summary>
    EFAULT = 14,
    /// <summary>Block device required (15).</summary>
    ENOTBLK = 15,
    /// <summary>Device or resource busy (16).</summary>
    EBUSY = 16,
    /// <summary>File exists (17).</summary>
    EEXIST = 17,
    /// <summary>Invalid cross-device link (18).</summary>
    EXDEV = 18,
    /// <summary>No such device (19).</summary>
    ENODEV = 19,
    /// <summary>Not a directory (20).</summary>
    ENOTDIR = 20,
    /// <summary>Is a directory (21).</summary>
    EISDIR = 21,
    /// <summary>Invalid argument (22).</summary>
    EINVAL = 22,
    /// <summary>Too many open files in system (23).</summary>
    ENFILE = 23,
    /// <summary>Too many open files (24).</summary>
    EMFILE = 24,
    /// <summary>Inappropriate ioctl for device (25).</summary>
    ENOTTY = 25,
    /// <summary>Text file busy (26).</summary>
    ETXTBSY = 26,
    /// <summary>File too large (27).</summary>
    EFBIG = 27,
    /// <summary>No space left on device (28).</summary>
    ENOSPC = 28,
    /// <summary>Illegal seek (29).</summary>
    ESPIPE = 29,
    /// <summary>Read-only file system (30).</summary>
    EROFS = 30,
    /// <summary>Too many links (31).</summary>
    EMLINK = 31,
    /// <summary>Broken pipe (32).</summary>
    EPIPE = 32,
    /// <summary>Numerical argument out of domain (33).</summary>
    EDOM = 33,
    /// <summary>Numerical result out of range (34).</summary>
    ERANGE = 34,
    /// <summary>Resource deadlock avoided (35).</summary>
    EDEADLK = 35,
    /// <summary>File name too long (36).</summary>
    ENAMETOOLONG = 36,
    /// <summary>No locks available (37).</summary>
    ENOLCK = 37,
    /// <summary>Function not implemented (38).</summary>
    ENOSYS = 38,
    /// <summary>Directory not empty (39).</summary>
    ENOTEMPTY = 39,
    /// <summary>Too many levels of symbolic links (40).</summary>
    ELOOP = 40,
    /// <summary>No message of desired type (42).</summary>
    ENOMSG = 42,
    /// <summary>No data available (61).</summary>
    ENODATA = 61,
    /// <summary>Timer expired (62).</summary>
    ETIME = 62,
    /// <summary>Invalid exchange (52).</summary>
    EBADE = 52,
    /// <summary>Protocol error (71).</summary>
    EPROTO = 71,
    /// <summary>Bad message (74).</summary>
    EBADMSG = 74,
    /// <summary>Value too large for defined data type (75).</summary>
    EOVERFLOW = 75,
    /// <summary>File descriptor in bad state (77).</summary>
    EBADFD = 77,
    /// <summary>Invalid or incomplete multibyte or wide character (84).</summary>
    EILSEQ = 84,
    /// <summary>Message too long (90).</summary>
    EMSGSIZE = 90,
    /// <summary>Protocol not supported (93).</summary>
    EPROTONOSUPPORT = 93,
    /// <summary>Operation not supported (95).</summary>
    EOPNOTSUPP = 95,
    /// <summary>Address already in use (98).</summary>
    EADDRINUSE = 98,
    /// <summary>No buffer space available (105).</summary>
    ENOBUFS = 105,
    /// <summary>Connection timed out (110).</summary>
    ETIMEDOUT = 110,
    /// <summary>Operation already in progress (114).</summary>
    EALREADY = 114,
    /// <summary>Stale file handle (116).</summary>
    ESTALE = 116,
    /// <summary>Disk quota exceeded (122).</summary>
    EDQUOT = 122,
    /// <summary>Operation canceled (125).</summary>
    ECANCELED = 125,
    /// <summary>Owner died (130).</summary>
    EOWNERDEAD = 130,
    /// <summary>Memory page has hardware error (133).</summary>
    EHWPOISON = 133,
}
