using System.Runtime.InteropServices;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Emulator.Stub;

/// <summary>What the stub asks of the host's kernel. Zero or more, or a negative errno.</summary>
// Sound: every pointer handed over is to memory that is pinned or on the stack for the call, and ends in a zero where the kernel looks for one.
internal static unsafe partial class StubCalls
{
    public const int NewNamespace = 0x20000;
    public const ulong Bind = 0x1000;
    public const ulong Recursive = 0x4000;
    public const ulong MakePrivate = 1 << 18;

    private const int MoveMount = 429;
    private const int FsOpen = 430;
    private const int FsConfig = 431;
    private const int FsMount = 432;
    private const int Seccomp = 317;
    private const int CloseOnExec = 1;

    /// <summary>unshare.</summary>
    public static int Unshare(int flags) => Result(unshare(flags));

    /// <summary>mount.</summary>
    public static int Mount(string source, string target, ulong flags) => Result(mount(source, target, null, flags, null));

    /// <summary>A memory file system that is mounted nowhere: its root's descriptor. Its own devices cannot be opened, whatever their numbers.</summary>
    public static int NewFileSystem()
    {
        const int SetString = 1;
        const int Create = 6;
        const int NoDevices = 4;
        const int NoSetuid = 2;
        int context;
        fixed (byte* type = "tmpfs\0"u8, key = "mode\0"u8, value = "0755\0"u8)
        {
            context = Result((int)syscall(FsOpen, (nint)type, CloseOnExec, 0, 0, 0));
            if (context < 0)
            {
                return context;
            }

            _ = syscall(FsConfig, context, SetString, (nint)key, (nint)value, 0);
        }

        int result = Result((int)syscall(FsConfig, context, Create, 0, 0, 0));
        if (result == 0)
        {
            result = Result((int)syscall(FsMount, context, CloseOnExec, NoDevices | NoSetuid, 0, 0));
        }

        _ = close(context);
        return result;
    }

    /// <summary>Mounts what <see cref="NewFileSystem"/> gave.</summary>
    public static int Attach(int fileSystem, string target)
    {
        const int EmptySource = 4;
        const int CurrentDirectory = -100;
        byte[] path = Encoding.UTF8.GetBytes(target + "\0");
        byte empty = 0;
        fixed (byte* to = path)
        {
            return Result((int)syscall(MoveMount, fileSystem, (nint)(&empty), CurrentDirectory, (nint)to, EmptySource));
        }
    }

    /// <summary>umount2(MNT_DETACH).</summary>
    public static void Detach(string target) => _ = umount2(target, 2);

    /// <summary>mkdir.</summary>
    public static int MakeDirectory(string path) => Result(mkdir(path, 0x1ED));

    /// <summary>Closes a descriptor.</summary>
    public static void Close(int fd) => _ = close(fd);

    /// <summary>An empty file.</summary>
    public static int MakeFile(string path) => Result(mknod(path, 0x81A4, 0));

    /// <summary>symlink.</summary>
    public static int MakeLink(string target, string path) => Result(symlink(target, path));

    /// <summary>A directory or place for use as a path only.</summary>
    public static int OpenPath(string path)
    {
        const int PathOnly = 0x280000;
        return Result(open(path, PathOnly, 0));
    }

    /// <summary>isatty's kin: nothing of the .NET runtime's signal settings outlives exec but SIGPIPE, which it ignores.</summary>
    public static void RestorePipeSignal()
    {
        const int SigPipe = 13;
        signal(SigPipe, 0);
    }

    /// <summary>setrlimit(RLIMIT_NOFILE) of the soft limit, if that is higher.</summary>
    public static void LowerFileLimit(ulong soft)
    {
        const int OpenFiles = 7;
        ulong* limits = stackalloc ulong[2];
        if (getrlimit(OpenFiles, limits) == 0 && soft < limits[0])
        {
            limits[0] = soft;
            _ = setrlimit(OpenFiles, limits);
        }
    }

    /// <summary>An ordinary user's right to mount ends here: it was for its own namespace, and the program has none on a real machine.</summary>
    public static void DropAmbientCapabilities()
    {
        const int Ambient = 47;
        const int ClearAll = 4;
        _ = prctl(Ambient, ClearAll, 0, 0, 0);
    }

    /// <summary>
    /// The calling thread, and the program it becomes, ends with the supervisor, however that ends: nobody is left to answer, and calls would be ENOSYS. It is the
    /// thread that started it which must not end before; what changes its user (commit_creds) or is forked does not have it.
    /// </summary>
    public static void EndWithSupervisor()
    {
        const int ParentDeathSignal = 1;
        const int Kill = 9;
        _ = prctl(ParentDeathSignal, Kill, 0, 0, 0);
    }

    /// <summary>access(X_OK) of a file that is no directory.</summary>
    public static bool IsProgram(string path) => access(path, 1) == 0 && !Directory.Exists(path);

    /// <summary>
    /// Puts the calling thread under a filter, hands its listener over and becomes the program. Returns only on failure, with an errno. Everything
    /// is called once beforehand in a way that fails, so that nothing is looked up or compiled under the filter, where a trapped call would wait
    /// for a listener that nobody has yet.
    /// </summary>
    /// <param name="filter">The program of the filter.</param>
    /// <param name="channel">Where the listener goes.</param>
    /// <param name="path">The program's file.</param>
    /// <param name="command">What it is called, and its arguments.</param>
    public static Errno Become(ulong[] filter, Channel channel, string path, IReadOnlyList<string> command)
    {
        const int NoNewPrivileges = 38;
        const uint NewListener = 8;
        const uint WaitKillable = 32;
        byte[] file = Encoding.UTF8.GetBytes(path + "\0");
        byte*[] words = new byte*[command.Count + 1];
        for (int i = 0; i < command.Count; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(command[i] + "\0");
            byte* copy = (byte*)NativeMemory.Alloc((nuint)text.Length);
            text.CopyTo(new Span<byte>(copy, text.Length));
            words[i] = copy;
        }

        byte nothing = 0;
        byte* none = null;
        Span<int> listeners = [0];
        fixed (ulong* code = filter)
        fixed (byte* name = file)
        fixed (byte** arguments = words)
        {
            var program = new Program { Length = (ushort)filter.Length, Code = code };
            _ = prctl(-1, 0, 0, 0, 0);
            _ = syscall(Seccomp, -1, 0, 0, 0, 0);
            _ = execvp(&nothing, &none);
            _ = new Channel(-1).TrySend(Channel.Filter, listeners);
            _ = prctl(NoNewPrivileges, 1, 0, 0, 0);
            int listener = (int)syscall(Seccomp, 1, (nint)(NewListener | WaitKillable), (nint)(&program), 0, 0);
            if (listener < 0)
            {
                return (Errno)Marshal.GetLastPInvokeError();
            }

            listeners[0] = listener;
            Errno sent = channel.TrySend(Channel.Filter, listeners);
            if (sent != Errno.None)
            {
                return sent;
            }

            _ = execvp(name, arguments);
            return (Errno)Marshal.GetLastPInvokeError();
        }
    }

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, string? data);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int access(string path, int mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mknod(string path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int symlink(string target, string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int close(int fd);

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, ulong* limits);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execvp(byte* file, byte** arguments);

    // struct sock_fprog.
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public ulong* Code;
    }
}
