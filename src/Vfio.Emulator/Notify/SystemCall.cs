namespace Vfio.Emulator.Notify;

/// <summary>Numbers of the system calls the filter looks at. Linux: arch/x86/entry/syscalls/syscall_64.tbl.</summary>
internal static class SystemCall
{
    public const int Write = 1;
    public const int Open = 2;
    public const int Stat = 4;
    public const int Fstat = 5;
    public const int Lstat = 6;
    public const int Mmap = 9;
    public const int Ioctl = 16;
    public const int Pread64 = 17;
    public const int Pwrite64 = 18;
    public const int Writev = 20;
    public const int Sendfile = 40;
    public const int Exit = 60;
    public const int Fsync = 74;
    public const int Fdatasync = 75;
    public const int Ftruncate = 77;
    public const int Setuid = 105;
    public const int Setreuid = 113;
    public const int Setresuid = 117;
    public const int Capset = 126;
    public const int Setrlimit = 160;
    public const int ExitGroup = 231;
    public const int Openat = 257;
    public const int Newfstatat = 262;
    public const int Fallocate = 285;
    public const int Preadv = 295;
    public const int Pwritev = 296;
    public const int Prlimit64 = 302;
    public const int CopyFileRange = 326;
    public const int Preadv2 = 327;
    public const int Pwritev2 = 328;
    public const int Statx = 332;
    public const int Openat2 = 437;
}
