using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>What this process asks the host's kernel about another one.</summary>
// Sound: local memory is pinned, or on the stack, and of the length told; the other side's addresses are the kernel's to check.
internal static unsafe partial class RemoteCalls
{
    private const int PidfdSendSignal = 424;
    private const int PidfdOpen = 434;
    private const int PidfdGetfd = 438;
    private const int ReadCloseOnExec = 0x80000;

    /// <summary>process_vm_readv of one piece: every byte, or false.</summary>
    public static bool TryRead(int process, ulong address, Span<byte> destination) => ReadSome(process, address, destination) == destination.Length;

    /// <summary>process_vm_readv of one piece: bytes read, up to the first page that is not there.</summary>
    public static nint ReadSome(int process, ulong address, Span<byte> destination)
    {
        fixed (byte* local = destination)
        {
            var to = new Piece { Base = (nuint)local, Length = (nuint)destination.Length };
            var from = new Piece { Base = (nuint)address, Length = (nuint)destination.Length };
            return process_vm_readv(process, &to, 1, &from, 1, 0);
        }
    }

    /// <summary>process_vm_writev of one piece: every byte, or false.</summary>
    public static bool TryWrite(int process, ulong address, ReadOnlySpan<byte> source)
    {
        fixed (byte* local = source)
        {
            var from = new Piece { Base = (nuint)local, Length = (nuint)source.Length };
            var to = new Piece { Base = (nuint)address, Length = (nuint)source.Length };
            return process_vm_writev(process, &from, 1, &to, 1, 0) == source.Length;
        }
    }

    /// <summary>pidfd_open; <paramref name="thread"/>: of one thread (PIDFD_THREAD, Linux 6.9).</summary>
    public static int OpenProcess(int id, bool thread)
    {
        const int Thread = 0x80;
        return Result((int)syscall(PidfdOpen, id, thread ? Thread : 0, 0, 0));
    }

    /// <summary>pidfd_getfd.</summary>
    public static int TakeDescriptor(int process, int fd) => fd < 0 ? -(int)Errno.EBADF : Result((int)syscall(PidfdGetfd, process, fd, 0, 0));

    /// <summary>kcmp(KCMP_VM): two processes run in one memory.</summary>
    public static bool ShareMemory(int one, int other)
    {
        const int Kcmp = 312;
        const int Memory = 1;
        return syscall(Kcmp, one, other, Memory, 0) == 0;
    }

    /// <summary>The directory of a thread's descriptors, for looking up in it; negative errno.</summary>
    public static int OpenDescriptors(int thread)
    {
        const int PathOnly = 0x290000;
        return OpenFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/fd\0"), PathOnly);
    }

    /// <summary>A directory that a thread has open, or the one it is in, for looking up in it; negative errno.</summary>
    public static int OpenDirectory(int thread, int? descriptor)
    {
        const int PathOnly = 0x290000;
        return OpenFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/{(descriptor is { } fd ? $"fd/{fd}" : "cwd")}\0"), PathOnly);
    }

    /// <summary>Is it there still, be it as a zombie?</summary>
    public static bool IsThere(int process) => syscall(PidfdSendSignal, process, 0, 0, 0) == 0;

    /// <summary>The memory of a process as a file: of that memory for good, whatever the process execs. Negative errno.</summary>
    public static int OpenMemory(int process) => OpenFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/mem\0"), ReadCloseOnExec);

    /// <summary>The list of a process's mappings as a file, as <see cref="OpenMemory"/>.</summary>
    public static int OpenMaps(int process) => OpenFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps\0"), ReadCloseOnExec);

    /// <summary>A memory that a process still has: nothing is at address 0, so the answer is EIO; of one that is gone it is the end of the file.</summary>
    public static bool IsMemoryThere(int memory)
    {
        byte nothing;
        return pread(memory, &nothing, 1, 0) != 0;
    }

    /// <summary>
    /// PROCMAP_QUERY (Linux 6.11): the mapping that covers an address, or the next one after it. ENOENT: there is none; ENOTTY: the host cannot be asked; ESRCH: the
    /// memory is gone.
    /// </summary>
    /// <param name="maps">What <see cref="OpenMaps"/> gave.</param>
    /// <param name="address">Where.</param>
    /// <param name="name">Its file's path as far as there is room; empty to go without.</param>
    /// <param name="mapping">The mapping.</param>
    public static Errno QueryMapping(int maps, ulong address, Span<byte> name, out ProcessMapping mapping)
    {
        const nuint Query = 0xc068_6611;
        const ulong CoveringOrNext = 0x10;
        const int Writable = 2;
        const int Shared = 8;

        // struct procmap_query.
        const int Size = 104;
        byte* query = stackalloc byte[Size];
        new Span<byte>(query, Size).Clear();
        mapping = default;
        fixed (byte* text = name)
        {
            ((ulong*)query)[0] = Size;
            ((ulong*)query)[1] = CoveringOrNext;
            ((ulong*)query)[2] = address;
            ((uint*)query)[20] = (uint)name.Length;
            ((ulong*)query)[11] = name.IsEmpty ? 0 : (ulong)text;
            if (ioctl(maps, Query, query) < 0)
            {
                return (Errno)Marshal.GetLastPInvokeError();
            }
        }

        ulong* fields = (ulong*)query;
        mapping = new ProcessMapping(
            fields[3],
            fields[4],
            (fields[5] & 1) != 0,
            (fields[5] & Writable) != 0,
            (fields[5] & Shared) != 0,
            fields[6] > 4096,
            fields[7],
            (((uint*)query)[18], ((uint*)query)[19], fields[8]));
        return Errno.None;
    }

    /// <summary>Two connected ends of a stream socket, closed on exec; neither blocks.</summary>
    public static int SocketPair(out int mine, out int theirs)
    {
        const int LocalFamily = 1;
        const int StreamNonBlockingCloseOnExec = 0x80801;
        int* pair = stackalloc int[2];
        int result = Result(socketpair(LocalFamily, StreamNonBlockingCloseOnExec, 0, pair));
        (mine, theirs) = (pair[0], pair[1]);
        return result;
    }

    /// <summary>shutdown(SHUT_WR): the other end reads to an end.</summary>
    public static void EndWriting(int socket) => _ = shutdown(socket, 1);

    /// <summary>prlimit64(RLIMIT_MEMLOCK) of a process; no limit when it has gone.</summary>
    public static ulong MemlockLimit(int process)
    {
        const int Memlock = 8;
        ulong* limits = stackalloc ulong[2];
        return prlimit64(process, Memlock, null, limits) == 0 ? limits[0] : ulong.MaxValue;
    }

    /// <summary>The soft RLIMIT_NOFILE of this process's parent; null when it is not told.</summary>
    public static ulong? FileLimitOfParent(ISystemCalls host)
    {
        const int OpenFiles = 7;
        ulong* limits = stackalloc ulong[2];
        return prlimit64(ProcessStatus.ReadParentId(host, Environment.ProcessId), OpenFiles, null, limits) == 0 ? limits[0] : null;
    }

    /// <summary>Which file a descriptor is, in a directory as /proc/TID/fd.</summary>
    public static bool TryIdentify(int descriptors, int fd, out FileIdentity identity)
    {
        identity = default;
        Span<byte> name = stackalloc byte[16];
        return fd >= 0 && Utf8.TryWrite(name, $"{fd}\0", out _) && Identify(descriptors, name, 0, out identity) == 0;
    }

    /// <summary>Which file a name in a directory is; not where a link leads.</summary>
    public static int IdentifyIn(int directory, string name, out FileIdentity identity) => Identify(directory, Encoding.UTF8.GetBytes(name + "\0"), 0x100, out identity);

    /// <summary>Which file one of our own descriptors is.</summary>
    public static int Identify(int fd, out FileIdentity identity) => Identify(fd, "\0"u8, 0x1000, out identity);

    /// <summary>The name a thread's descriptor was opened by, after the last slash; false when that is no number.</summary>
    public static bool TryGetNumberedName(int thread, int fd, out long number)
    {
        Span<byte> path = stackalloc byte[64];
        Span<byte> target = stackalloc byte[256];
        number = 0;
        if (!Utf8.TryWrite(path, $"/proc/{thread}/fd/{fd}\0", out _))
        {
            return false;
        }

        nint length;
        fixed (byte* link = path, to = target)
        {
            length = readlink(link, to, (nuint)target.Length);
        }

        if (length <= 0)
        {
            return false;
        }

        ReadOnlySpan<byte> name = target[..(int)length];
        return System.Buffers.Text.Utf8Parser.TryParse(name[(name.LastIndexOf((byte)'/') + 1)..], out number, out _);
    }

    /// <summary>openat2(O_PATH): the place <paramref name="path"/> names, looked up from a directory as <paramref name="resolve"/> says; the path ends in a zero.</summary>
    public static int OpenPlace(int directory, ReadOnlySpan<byte> path, bool follow, ulong resolve)
    {
        const int Openat2 = 437;
        const ulong PathOnly = 0x280000;
        const ulong NoFollow = 0x20000;
        ulong* how = stackalloc ulong[3];
        how[0] = PathOnly | (follow ? 0 : NoFollow);
        how[1] = 0;
        how[2] = resolve;
        fixed (byte* name = path)
        {
            return Result((int)syscall(Openat2, directory, (nint)name, (nint)how, 24));
        }
    }

    /// <summary>fstat as the kernel writes it: struct stat.</summary>
    public static int Stat(int fd, Span<byte> status)
    {
        const int Fstat = 5;
        fixed (byte* to = status)
        {
            return Result((int)syscall(Fstat, fd, (nint)to, 0, 0));
        }
    }

    /// <summary>statx of a descriptor as the kernel writes it: struct statx.</summary>
    public static int Statx(int fd, uint mask, Span<byte> status)
    {
        fixed (byte* name = "\0"u8, to = status)
        {
            return Result(statx(fd, name, 0x1000, mask, to));
        }
    }

    /// <summary>FMODE_WRITE of a descriptor of ours.</summary>
    public static bool IsOpenForWriting(int fd)
    {
        const int GetFlags = 3;
        return fcntl(fd, GetFlags, 0) is > 0 and int flags && (flags & 3) is 1 or 2;
    }

    /// <summary>lseek(SEEK_CUR): where the description stands now.</summary>
    public static long Seek(int fd, long by) => lseek(fd, by, 1);

    /// <summary>A link's text, as bytes; the path ends in a zero.</summary>
    public static int ReadLink(ReadOnlySpan<byte> path, Span<byte> target)
    {
        fixed (byte* name = path, to = target)
        {
            return (int)readlink(name, to, (nuint)target.Length);
        }
    }

    private static int OpenFile(string path, int flags)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path))
        {
            return Result(open(name, flags, 0));
        }
    }

    private static int Identify(int directory, ReadOnlySpan<byte> path, int flags, out FileIdentity identity)
    {
        // struct statx: 256 bytes.
        const uint TypeAndInode = 0x101;
        byte* raw = stackalloc byte[256];
        int result;
        fixed (byte* name = path)
        {
            result = Result(statx(directory, name, flags, TypeAndInode, raw));
        }

        identity = result < 0 ? default : new FileIdentity(((ulong)*(uint*)(raw + 136) << 32) | *(uint*)(raw + 140), *(ulong*)(raw + 32));
        return result;
    }

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc")]
    private static partial nint process_vm_readv(int pid, Piece* local, nuint localCount, Piece* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc")]
    private static partial nint process_vm_writev(int pid, Piece* local, nuint localCount, Piece* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial nint pread(int file, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc")]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc")]
    private static partial long lseek(int fd, long offset, int whence);

    [LibraryImport("libc")]
    private static partial int shutdown(int fd, int how);

    [LibraryImport("libc")]
    private static partial int prlimit64(int pid, int resource, ulong* set, ulong* get);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, byte* status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, byte* argument);

    [LibraryImport("libc")]
    private static partial nint readlink(byte* path, byte* target, nuint size);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct Piece
    {
        public nuint Base;
        public nuint Length;
    }
}
