using System.Globalization;
using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>
/// A memory file system of our own that every soft file is a file of, so that programs hold real descriptors of the host's. Each open has a
/// name (a hard link) of its own: the same file under two names is two opens of one device, with the same pages to map. Who closes what is seen
/// by inotify on the directory of names.
/// </summary>
/// <remarks>Names come and go under no lock; each is used once.</remarks>
internal sealed unsafe partial class FileSpace : IDisposable
{
    /// <summary>IN_OPEN.</summary>
    public const uint Opened = 0x20;

    /// <summary>IN_CLOSE: the last descriptor and the last mapping of an open are gone, SIGKILL or not.</summary>
    public const uint Closed = 0x18;

    private const string Between = "opens/between";
    private const int ReadWriteCloseOnExec = 0x80002;
    private const int Create = 0x40;
    private const int Exclusively = 0x80;
    private const int CloseOnExec = 0x80000;

    // Whoever opens a file while we hold its lease has us told so by SIGIO, which would end us.
    private readonly PosixSignalRegistration _leaseBroken = PosixSignalRegistration.Create((PosixSignal)29, static told => told.Cancel = true);
    private readonly int _root;
    private readonly Lock _watchLock = new();
    private int _watch = -1;
    private long _last;

    /// <summary>Takes over the descriptor of an empty file system's root.</summary>
    /// <exception cref="EmulationException">It cannot be used.</exception>
    public FileSpace(int root)
    {
        _root = root;
        RemoteCalls.Identify(root, out FileIdentity identity);
        Device = identity.Device;
        if (mkdirat(root, "files", 0x1C0) < 0 || mkdirat(root, "opens", 0x1C0) < 0)
        {
            throw new EmulationException($"the files of the emulated machine cannot be made: {(Errno)Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>The device every file of it is on: what tells a soft descriptor from others.</summary>
    public ulong Device { get; }

    /// <summary>Readable when somebody opened or closed; -1 before the first open.</summary>
    public int Watch => Volatile.Read(ref _watch);

    /// <summary>Told when there is something to watch.</summary>
    public Action WatchBegun { get; set; } = static () => { };

    /// <summary>A new empty file, open; negative errno. The name goes to <see cref="Remove"/> with the last use of the file.</summary>
    public int Make(out string name)
    {
        name = string.Create(CultureInfo.InvariantCulture, $"files/{Interlocked.Increment(ref _last)}");
        return Result(openat(_root, name, ReadWriteCloseOnExec | Create | Exclusively, 0x180));
    }

    /// <summary>A name of its own for the file behind one of our descriptors; negative errno where that is not a file of this space.</summary>
    public int Name(int descriptor, out long id)
    {
        const int CurrentDirectory = -100;
        const int Follow = 0x400;
        id = Interlocked.Increment(ref _last);
        int error = BeginWatch();
        return error < 0 ? error : Result(linkat(CurrentDirectory, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), _root, OpenName(id), Follow));
    }

    /// <summary>
    /// Opens a name as the program opened what it stands for; negative errno. Another event follows, for two of the same in a row are told as one.
    /// </summary>
    public int Open(long id, OpenFlags flags)
    {
        int opened = Result(openat(_root, OpenName(id), CloseOnExec | (int)flags, 0));
        _ = close(openat(_root, Between, ReadWriteCloseOnExec | Create, 0x180));
        return opened;
    }

    /// <summary>
    /// Nobody but us has it open, under whatever name: a lease for writing can be had (fs/locks.c check_conflicting_open). Null where the host has no leases.
    /// </summary>
    public static bool? IsOpenHereAlone(int descriptor)
    {
        const int SetLease = 1024;
        const int ToWrite = 1;
        const int Unlock = 2;
        if (fcntl(descriptor, SetLease, ToWrite) == 0)
        {
            _ = fcntl(descriptor, SetLease, Unlock);
            return true;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.EAGAIN ? false : null;
    }

    /// <summary>Forgets a name.</summary>
    public void Forget(long id) => Remove(OpenName(id));

    /// <summary>Takes a file's name away; its memory goes with its last descriptor.</summary>
    public void Remove(string name) => _ = unlinkat(_root, name, 0);

    /// <summary>What was opened and closed since: ids and whether it was opened.</summary>
    /// <param name="events">They; what was in it is gone.</param>
    /// <param name="areLost">There were more than the host keeps (IN_Q_OVERFLOW).</param>
    public bool TryTakeEvents(List<(long Id, bool IsOpened)> events, out bool areLost)
    {
        const uint Overflow = 0x4000;
        areLost = false;
        if (Watch < 0)
        {
            events.Clear();
            return false;
        }

        // Sound: the kernel writes whole records of struct inotify_event, each followed by as many bytes of name as it says.
        const int Size = 4096;
        byte* buffer = stackalloc byte[Size];
        events.Clear();
        nint length = read(_watch, buffer, Size);
        for (nint at = 0; at + 16 <= length;)
        {
            uint mask = *(uint*)(buffer + at + 4);
            uint nameLength = *(uint*)(buffer + at + 12);
            areLost |= (mask & Overflow) != 0;
            var name = new ReadOnlySpan<byte>(buffer + at + 16, (int)nameLength);
            if ((mask & (Opened | Closed)) != 0 && System.Buffers.Text.Utf8Parser.TryParse(name, out long id, out _))
            {
                events.Add((id, (mask & Opened) != 0));
            }

            at += 16 + (nint)nameLength;
        }

        return length > 0;
    }

    /// <summary>Closes it; what programs hold stays.</summary>
    public void Dispose()
    {
        _leaseBroken.Dispose();
        if (_watch >= 0)
        {
            _ = close(_watch);
        }

        _ = close(_root);
    }

    // With the first open: to end a watch takes the host 10 ms and more, and most processes that are run open nothing of ours.
    private int BeginWatch()
    {
        const int NonBlocking = 0x800;
        lock (_watchLock)
        {
            if (_watch >= 0)
            {
                return 0;
            }

            int watch = Result(inotify_init1(NonBlocking | CloseOnExec));
            int added = watch < 0 ? watch : Result(inotify_add_watch(watch, string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_root}/opens"), Opened | Closed));
            if (added < 0)
            {
                _ = watch < 0 ? 0 : close(watch);
                return added;
            }

            Volatile.Write(ref _watch, watch);
        }

        WatchBegun();
        return 0;
    }

    private static string OpenName(long id) => string.Create(CultureInfo.InvariantCulture, $"opens/{id}");

    private static int Result(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int directory, string path, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int openat(int directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int linkat(int fromDirectory, string from, int toDirectory, string to, int flags);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int unlinkat(int directory, string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int inotify_init1(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int inotify_add_watch(int fd, string path, uint mask);

    [LibraryImport("libc")]
    private static partial nint read(int fd, byte* buffer, nuint size);

    [LibraryImport("libc")]
    private static partial int close(int fd);
}
