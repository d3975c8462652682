using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// Reads and writes of an eventfd that never wait, whatever its user has made of O_NONBLOCK, which is his as much as ours. Linux: eventfd_signal and
/// eventfd_ctx_do_read, fs/eventfd.c.
/// </summary>
/// <remarks>
/// No flag of a call keeps a write of a blocking eventfd from waiting, and between a look whether it would and the write its user may fill it. But who reads by
/// fs/aio.c may name an eventfd to be told by, and of that read's end the kernel tells it as of an interrupt. It costs twice a write, and a process that ever did
/// so ends later by as long as the kernel waits for its readers (exit_aio; some 30 ms): eventfds that do not block are written to. Who fills one
/// and makes it block between the look and that write holds up whatever serves him, and nobody else.
/// </remarks>
internal static unsafe partial class EventCount
{
    // RWF_NOWAIT.
    private const int NoWait = 8;

    // At the most of what goes on at a time; the kernel takes as many more as it has processors.
    private const int Reads = 64;

    // Never destroyed: it is the process's, as the descriptor beside it.
    private static readonly Lazy<(nint Context, int Nothing)> s_reads = new(BeginReads);

    /// <summary>eventfd_signal: adds one; a full count stays full.</summary>
    public static void Add(int descriptor)
    {
        const int GetFlags = 3;
        const int NonBlocking = 0x800;
        int flags = fcntl(descriptor, GetFlags, 0);
        if (flags < 0 || ((flags & NonBlocking) == 0 && TryTell(descriptor)))
        {
            return;
        }

        // Sound: what is read and written is of this frame, and the kernel keeps no address.
        ulong one = 1;
        var room = new PollFd(descriptor, PollEvents.Out);
        if ((flags & NonBlocking) != 0 || poll(&room, 1, 0) > 0)
        {
            _ = write(descriptor, &one, sizeof(ulong));
        }
    }

    /// <summary>eventfd_ctx_do_read: the count there is goes; none is no error.</summary>
    public static void Take(int descriptor)
    {
        ulong count;

        // Sound: eight bytes of this frame, which the kernel writes before it returns; it keeps no address.
        var to = new IoVector { Base = &count, Length = sizeof(ulong) };
        preadv2(descriptor, &to, 1, -1, NoWait);
    }

    // io_submit of a read of nothing, which has ended when it returns. Who reads so gets an event; it is taken when there is no room for more.
    private static bool TryTell(int descriptor)
    {
        const int Submit = 209;
        const uint TellByEventfd = 1;
        (nint context, int nothing) = s_reads.Value;
        if (context == 0)
        {
            return false;
        }

        // Sound: the kernel copies the request in before it returns and keeps no address of it; a read of no bytes has no buffer.
        var read = new Request { Descriptor = (uint)nothing, Flags = TellByEventfd, Eventfd = (uint)descriptor };
        Request* first = &read;
        for (int tries = 0; tries < Reads; tries++)
        {
            if (syscall(Submit, context, 1, (nint)(&first), 0, 0) == 1)
            {
                return true;
            }

            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EAGAIN)
            {
                return false;
            }

            TakeEvents(context);
        }

        return false;
    }

    private static void TakeEvents(nint context)
    {
        const int GetEvents = 208;
        const int EventSize = 32;

        // Sound: room for as many events as are asked for, and a time of zero: what is there is written before it returns.
        byte* events = stackalloc byte[Reads * EventSize];
        long* atOnce = stackalloc long[2];
        (atOnce[0], atOnce[1]) = (0, 0);
        _ = syscall(GetEvents, context, 0, Reads, (nint)events, (nint)atOnce);
    }

    // No context where the kernel has no aio, or too many read so already (fs.aio-max-nr); the numbers are x86-64's.
    private static (nint Context, int Nothing) BeginReads()
    {
        const int Setup = 206;
        const int ReadCloseOnExec = 0x80000;

        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return default;
        }

        // Sound: a word of this frame, which the kernel writes before it returns.
        nint context = 0;
        int nothing;
        fixed (byte* path = "/dev/null\0"u8)
        {
            nothing = open(path, ReadCloseOnExec, 0);
        }

        return nothing >= 0 && syscall(Setup, Reads, (nint)(&context), 0, 0, 0) == 0 ? (context, nothing) : default;
    }

    [LibraryImport("libc")]
    private static partial nint preadv2(int descriptor, IoVector* vectors, int vectorCount, long offset, int flags);

    [LibraryImport("libc")]
    private static partial nint write(int descriptor, ulong* count, nuint size);

    [LibraryImport("libc")]
    private static partial int poll(PollFd* descriptors, nuint count, int timeout);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc")]
    private static partial int open(byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth, nint fifth);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    // struct iocb, of IOCB_CMD_PREAD, which is 0.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    private struct Request
    {
        [FieldOffset(20)]
        public uint Descriptor;

        [FieldOffset(56)]
        public uint Flags;

        [FieldOffset(60)]
        public uint Eventfd;
    }
}
