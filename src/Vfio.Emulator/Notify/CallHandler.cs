using System.Buffers.Binary;
using System.Diagnostics;
using Vfio.Emulator.Remote;
using Vfio.Emulator.Tracing;
using Vfio.Emulator.Tree;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>A trapped call, done for its caller as the kernel would: its arguments are values and addresses of a process that nobody trusts.</summary>
/// <param name="supervisor">What all receivers share.</param>
/// <param name="waits">Called when the call may wait for another to be over from now on.</param>
internal sealed class CallHandler(Supervisor supervisor, Action waits)
{
    private const int CurrentDirectory = -100;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;
    private const int PathOnly = 0x200000;
    private const int Direct = 0x4000;
    private const int NoFollow = 0x20000;

    // AT_SYMLINK_NOFOLLOW.
    private const ulong LinkItself = 0x100;
    private const OpenFlags KnownFlags = OpenFlags.WriteOnly | OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.Directory;

    // What F_GETFL tells of an open: O_ACCMODE, O_APPEND, O_NONBLOCK, O_SYNC, O_NOFOLLOW.
    private const OpenFlags KeptFlags = (OpenFlags)0x121C03;

    // preadv2 and pwritev2 that are readv and writev.
    private const ulong AtItsPosition = ulong.MaxValue;

    private readonly PathFinder _paths = new(supervisor);

    /// <summary>Does it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="process">Whose.</param>
    /// <param name="files">The caller's descriptors.</param>
    /// <param name="buffer">For what passes through; this thread's.</param>
    public Answer Handle(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer)
    {
        Notification.SixArguments arguments = call.Arguments;
        switch (call.Number)
        {
            case SystemCall.Open:
                return Open(call, process, files, buffer, CurrentDirectory, arguments[0], (int)arguments[1]);
            case SystemCall.Openat:
                return Open(call, process, files, buffer, (int)arguments[0], arguments[1], (int)arguments[2]);
            case SystemCall.Openat2:
                return OpenAs(call, process, files, buffer);
            case SystemCall.Exit or SystemCall.ExitGroup:
                supervisor.SoftFiles.Leaks?.Exit(call.ThreadId, process, files, isWhole: call.Number == SystemCall.ExitGroup);
                return Answer.Continue;
            case SystemCall.Setrlimit or SystemCall.Prlimit64 or SystemCall.Capset or SystemCall.Setuid or SystemCall.Setreuid or SystemCall.Setresuid:
                supervisor.Processes.ForgetCredentials();
                return Answer.Continue;
            case SystemCall.Stat or SystemCall.Lstat:
                return StatOfNode(call, process, buffer, CurrentDirectory, arguments[0], call.Number == SystemCall.Lstat ? NoFollow : 0, arguments[1]);
            case SystemCall.Newfstatat when !PathFinder.IsEmptyPath(process, arguments[1]):
                return StatOfNode(call, process, buffer, (int)arguments[0], arguments[1], (arguments[3] & LinkItself) != 0 ? NoFollow : 0, arguments[2]);
            case SystemCall.Statx when !PathFinder.IsEmptyPath(process, arguments[1]):
                return StatOfNode(call, process, buffer, (int)arguments[0], arguments[1], (arguments[2] & LinkItself) != 0 ? NoFollow : 0, arguments[4]);
            case SystemCall.Sendfile or SystemCall.CopyFileRange:
                return CopyToControl(call, files);
            case SystemCall.Write or SystemCall.Pwrite64 or SystemCall.Writev when WriteControl(call, process, files, buffer) is var written && !written.IsContinued:
                return written;
            default:
                break;
        }

        int fd = (int)arguments[call.Number == SystemCall.Mmap ? 4 : 0];
        if (files.Find(fd) is not { } open)
        {
            return OnMirroredFile(call, process, files, buffer, fd);
        }

        try
        {
            CallTrace? trace = supervisor.Tracer?.Begin(call, process, open);
            Answer answer = OnSoftFile(call, process, files, buffer, open);
            trace?.End(answer);
            return answer;
        }
        finally
        {
            open.File.Put();
        }
    }

    private static Answer OnSoftFile(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer, SoftOpen open)
    {
        Notification.SixArguments arguments = call.Arguments;
        RemoteMemory memory = process.Memory;
        if (call.Number is SystemCall.Preadv2 or SystemCall.Pwritev2 && arguments[3] == AtItsPosition)
        {
            return Answer.Continue;
        }

        Errno misplaced = call.Number switch
        {
            SystemCall.Pread64 or SystemCall.Preadv or SystemCall.Preadv2 => open.File.CheckPlaced((long)arguments[3], open.CanRead),
            SystemCall.Pwrite64 or SystemCall.Pwritev or SystemCall.Pwritev2 => open.File.CheckPlaced((long)arguments[3], open.CanWrite),
            _ => Errno.None,
        };
        if (misplaced != Errno.None)
        {
            return Answer.Of(-(int)misplaced);
        }

        switch (call.Number)
        {
            case SystemCall.Ioctl:
                open.Mappings?.LookAgain(call.ThreadId);
                return Answer.Of(open.File.Ioctl(process.TaskFor(files), (uint)arguments[1], new UserArgument(memory, arguments[2])));
            case SystemCall.Pread64:
                return Answer.Of(Transfers.Read(process.TaskFor(files), open.File, arguments[1], arguments[2], (long)arguments[3], buffer));
            case SystemCall.Pwrite64:
                return Answer.Of(Transfers.Write(process.TaskFor(files), open.File, arguments[1], arguments[2], (long)arguments[3], buffer));
            case SystemCall.Preadv or SystemCall.Preadv2:
                return Answer.Of(Transfers.Vectored(process.TaskFor(files), open.File, call, writes: false, buffer));
            case SystemCall.Pwritev or SystemCall.Pwritev2:
                return Answer.Of(Transfers.Vectored(process.TaskFor(files), open.File, call, writes: true, buffer));
            case SystemCall.Write when open.File.IsStream:
                return Answer.Of(!open.CanWrite ? -(int)Errno.EBADF : Transfers.Write(process.TaskFor(files), open.File, arguments[1], arguments[2], 0, buffer));
            case SystemCall.Write:
                return Answer.Of(!open.CanWrite ? -(int)Errno.EBADF : Transfers.AtOnesPosition(process.TaskFor(files), open.File, arguments[1], arguments[2], buffer));
            case SystemCall.Ftruncate or SystemCall.Fsync or SystemCall.Fdatasync:
                // do_ftruncate wants a regular file, vfs_fsync_range an operation that no file here has.
                return Answer.Of(-(int)Errno.EINVAL);
            case SystemCall.Fallocate:
                return Answer.Of(-(int)Fallocate(arguments, open));
            case SystemCall.Mmap:
                return Map(process.TaskFor(files), call.ThreadId, open, arguments[1], (MmapProtection)arguments[2], (MmapFlags)arguments[3], arguments[5]);
            case SystemCall.Fstat:
                return Answer.Of(-(int)memory.CopyOut(arguments[1], StatusLayout.Stat(open.File.Status, buffer)));
            case SystemCall.Newfstatat:
                return Answer.Of(-(int)memory.CopyOut(arguments[2], StatusLayout.Stat(open.File.Status, buffer)));
            case SystemCall.Statx:
                return Answer.Of(-(int)memory.CopyOut(arguments[4], StatusLayout.Statx(open.File.Status, buffer)));
            default:
                return Answer.Continue;
        }
    }

    // do_mmap's checks and the file's; then the host maps the real pages. What the caller's descriptor is by then is its own affair.
    private static Answer Map(KernelTask task, int thread, SoftOpen open, ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
    {
        Errno error = open.File.CheckMap(length, protection, flags, offset, open.CanRead, open.CanWrite);
        if (error != Errno.None)
        {
            return Answer.Of(-(int)error);
        }

        int allowed = open.File.Mmap(task, (length + 4095) & ~4095UL, protection, flags, offset);
        if (allowed < 0)
        {
            return Answer.Of(allowed);
        }

        open.Mappings?.Add((RemoteMemory)task.Memory, offset, thread);
        return Answer.Continue;
    }

    // vfs_fallocate of what is no regular file.
    private static Errno Fallocate(in Notification.SixArguments arguments, SoftOpen open)
        => (long)arguments[2] < 0 || (long)arguments[3] <= 0 ? Errno.EINVAL : open.CanWrite ? Errno.ENODEV : Errno.EBADF;

    // A file of sysfs as the mirror shows it: it has the size that sysfs says, and cannot be mapped.
    private Answer OnMirroredFile(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer, int fd)
    {
        Notification.SixArguments arguments = call.Arguments;
        if (call.Number is not (SystemCall.Fstat or SystemCall.Newfstatat or SystemCall.Statx or SystemCall.Mmap)
            || !files.TryIdentify(fd, out FileIdentity identity) || supervisor.Mirror.FileOf(identity) is not { IsRegular: true } file)
        {
            return Answer.Continue;
        }

        if (call.Number == SystemCall.Mmap)
        {
            return Answer.Of(-(int)Errno.ENODEV);
        }

        int own = files.TakeHostDescriptor(fd);
        if (own < 0)
        {
            return Answer.Continue;
        }

        bool isExtended = call.Number == SystemCall.Statx;
        Span<byte> status = buffer.AsSpan(0, isExtended ? StatusLayout.StatxSize : StatusLayout.StatSize);
        int result = isExtended ? RemoteCalls.Statx(own, (uint)arguments[3], status) : RemoteCalls.Stat(own, status);
        supervisor.Host.Close(own);
        if (result < 0)
        {
            return Answer.Continue;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(status[(isExtended ? StatusLayout.StatxSizeField : StatusLayout.StatSizeField)..], file.Status.Size);
        return Answer.Of(-(int)process.Memory.CopyOut(arguments[call.Number == SystemCall.Fstat ? 1 : isExtended ? 4 : 2], status));
    }

    // A control file of sysfs: what is written is the machine's to act on, before the call returns.
    private Answer WriteControl(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer)
    {
        Notification.SixArguments arguments = call.Arguments;
        if (!files.TryIdentify((int)arguments[0], out FileIdentity identity) || supervisor.Mirror.FileOf(identity) is not { IsNode: false, LinkTarget: null } shown)
        {
            return Answer.Continue;
        }

        waits();
        string path = shown.Path;
        int own = files.TakeHostDescriptor((int)arguments[0]);
        if (own < 0)
        {
            return Answer.Of(-(int)Errno.EBADF);
        }

        long begun = Stopwatch.GetTimestamp();
        bool canWrite = RemoteCalls.IsOpenForWriting(own);
        bool isPlaced = call.Number == SystemCall.Pwrite64;
        long position = isPlaced ? (long)arguments[3] : RemoteCalls.Seek(own, 0);
        long result = !canWrite ? -(int)Errno.EBADF : position < 0 ? -(int)Errno.EINVAL : WriteControl(call, process.TaskFor(files), path, position, buffer);
        if (result > 0 && !isPlaced)
        {
            RemoteCalls.Seek(own, result);
        }

        supervisor.Host.Close(own);
        supervisor.Tracer?.Wrote(call, process, path, begun, result);
        return Answer.Of(result);
    }

    private long WriteControl(in Notification call, KernelTask task, string path, long position, byte[] buffer)
    {
        Notification.SixArguments arguments = call.Arguments;
        TakeOverrides(task);
        int error = supervisor.Machine.Open(task, path, OpenFlags.WriteOnly, out OpenFile? file);
        if (file is null)
        {
            return error;
        }

        long result = call.Number == SystemCall.Writev ? Transfers.WriteGathered(task, file, arguments[1], (int)arguments[2], position, buffer)
            : Transfers.Write(task, file, arguments[1], arguments[2], position, buffer);
        file.Put();
        supervisor.Mirror.Refresh();
        return result;
    }

    // From another file system copy_file_range is EXDEV, also on Linux, and who copies goes on by write. sendfile does it there; refused, it is followed by write as well.
    private Answer CopyToControl(in Notification call, RemoteFileTable files)
    {
        bool isRange = call.Number == SystemCall.CopyFileRange;
        return files.TryIdentify((int)call.Arguments[isRange ? 2 : 0], out FileIdentity identity) && supervisor.Mirror.FileOf(identity) is { IsNode: false, LinkTarget: null }
            ? Answer.Of(-(int)(isRange ? Errno.EXDEV : Errno.EINVAL)) : Answer.Continue;
    }

    private void TakeOverrides(KernelTask task)
    {
        foreach ((string path, byte[] text) in supervisor.Mirror.ReadOverrides())
        {
            if (supervisor.Machine.Open(task, path, OpenFlags.WriteOnly, out OpenFile? file) == 0 && file is not null)
            {
                long position = 0;
                file.Write(task, text, ref position);
                file.Put();
                supervisor.Mirror.Refresh(path);
            }
        }
    }

    // openat2. What build_open_flags refuses the host does.
    private Answer OpenAs(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer)
    {
        const ulong Known = 0x7fffc3;
        const ulong Making = 0x400040;
        const ulong KnownRules = 0x3f;
        Span<byte> how = stackalloc byte[24];
        if (call.Arguments[3] < (ulong)how.Length || process.Memory.CopyIn(call.Arguments[2], how) != Errno.None)
        {
            return Answer.Continue;
        }

        ulong flags = BinaryPrimitives.ReadUInt64LittleEndian(how);
        ulong mode = BinaryPrimitives.ReadUInt64LittleEndian(how[8..]);
        ulong resolve = BinaryPrimitives.ReadUInt64LittleEndian(how[16..]);
        return (flags & ~Known) != 0 || (mode != 0 && (flags & Making) == 0) || (resolve & ~KnownRules) != 0
            ? Answer.Continue
            : Open(call, process, files, buffer, (int)call.Arguments[0], call.Arguments[1], (int)flags, resolve);
    }

    private Answer Open(in Notification call, RemoteProcess process, RemoteFileTable files, byte[] buffer, int directory, ulong address, int flags, ulong resolve = 0)
    {
        if ((flags & PathOnly) != 0)
        {
            return Answer.Continue;
        }

        if (_paths.Find(call, process, directory, address, buffer, flags, resolve, out int descriptor) is not { Path: var path })
        {
            return descriptor < 0 ? Answer.Continue : OpenAgain(call, process, files, descriptor, flags);
        }

        if ((flags & (Create | Exclusive)) == (Create | Exclusive))
        {
            return Answer.Of(-(int)Errno.EEXIST);
        }

        long begun = Stopwatch.GetTimestamp();
        OpenFlags known = (OpenFlags)flags & KnownFlags;
        int result = supervisor.Machine.Open(process.TaskFor(files), path, known, out OpenFile? file, out MachineFile? node);
        if (file is null)
        {
            supervisor.Tracer?.Opened(call, process, path, flags, begun, result);
            return Answer.Of(result);
        }

        if (!path.StartsWith("/dev/", StringComparison.Ordinal) || node is not { IsNode: true })
        {
            // The machine lets him; what he opens is the mirror's file, as it is now, and what he writes comes here.
            file.Put();
            if (TreeMirror.IsOverride(path))
            {
                TakeOverrides(process.TaskFor(files));
            }

            supervisor.Mirror.Refresh(path);
            return Answer.Continue;
        }

        if ((flags & Direct) != 0)
        {
            // do_dentry_open, when the file is open already.
            file.Put();
            supervisor.Tracer?.Opened(call, process, path, flags, begun, -(int)Errno.EINVAL);
            return Answer.Of(-(int)Errno.EINVAL);
        }

        result = files.Install(file, (OpenFlags)flags & KeptFlags, (flags & CloseOnExec) != 0, node);
        supervisor.Tracer?.Opened(call, process, path, flags, begun, result);
        return Answer.Of(result);
    }

    // proc_pid_get_link leads to the inode itself, whatever became of its name. One that is anonymous cannot be opened (no_open).
    private Answer OpenAgain(in Notification call, RemoteProcess process, RemoteFileTable files, int descriptor, int flags)
    {
        if (files.Find(descriptor) is not { } soft)
        {
            return Answer.Continue;
        }

        soft.File.Put();
        if (soft.Node is not { } node)
        {
            return Answer.Of(-(int)Errno.ENXIO);
        }

        long begun = Stopwatch.GetTimestamp();
        OpenFlags known = (OpenFlags)flags & KnownFlags;
        int result = supervisor.Machine.Open(process.TaskFor(files), node, known, out OpenFile? file);
        result = file is null ? result : files.Install(file, (OpenFlags)flags & KeptFlags, (flags & CloseOnExec) != 0, node);
        supervisor.Tracer?.Opened(call, process, node.Path, flags, begun, result);
        return Answer.Of(result);
    }

    // Who may not make nodes sees regular files in their place: a node's numbers are told here.
    private Answer StatOfNode(in Notification call, RemoteProcess process, byte[] buffer, int directory, ulong address, int flags, ulong to)
    {
        if (_paths.Find(call, process, directory, address, buffer, flags, resolve: 0, out _) is not { IsNode: true } node)
        {
            return Answer.Continue;
        }

        ReadOnlySpan<byte> status = call.Number == SystemCall.Statx ? StatusLayout.Statx(node.Status, buffer) : StatusLayout.Stat(node.Status, buffer);
        return Answer.Of(-(int)process.Memory.CopyOut(to, status));
    }
}
