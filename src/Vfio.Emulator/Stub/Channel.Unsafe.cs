using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio.Emulator.Stub;

/// <summary>The socket between supervisor and stub: one byte and some descriptors a message, in order, whole or not at all.</summary>
/// <param name="descriptor">A SOCK_SEQPACKET socket; not owned.</param>
internal sealed unsafe partial class Channel(int descriptor)
{
    /// <summary>From the stub: the roots of /dev, of /sys, of files of /proc and of open files, as mounts of nobody's yet.</summary>
    public const byte Mounts = (byte)'M';

    /// <summary>To the stub: the trees stand.</summary>
    public const byte Go = (byte)'G';

    /// <summary>From the stub, the last: the filter's listener.</summary>
    public const byte Filter = (byte)'L';

    private const int MostDescriptors = 4;
    private const int ControlSize = 16 + (MostDescriptors * sizeof(int));
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int CloseOnExec = 0x4000_0000;
    private const int NoSignal = 0x4000;
    private const int LocalFamily = 1;
    private const int SequencedPackets = 5;

    /// <summary>Two connected ends, the first of which is closed on exec.</summary>
    public static Errno TryCreatePair(out int mine, out int theirs)
    {
        // Sound: socketpair fills two numbers.
        int* pair = stackalloc int[2];
        mine = theirs = -1;
        if (socketpair(LocalFamily, SequencedPackets, 0, pair) < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        (mine, theirs) = (pair[0], pair[1]);
        const int SetDescriptorFlags = 2;
        _ = fcntl(mine, SetDescriptorFlags, 1);
        return Errno.None;
    }

    /// <summary>Sends a message.</summary>
    public Errno TrySend(byte kind, ReadOnlySpan<int> descriptors)
    {
        // Sound: everything the message points to is on this stack, and the control buffer has room for as many descriptors as are copied.
        byte* control = stackalloc byte[ControlSize];
        descriptors = descriptors[..Math.Min(descriptors.Length, MostDescriptors)];
        var part = new Part { Base = &kind, Length = 1 };
        var message = new Message { Parts = &part, PartCount = 1 };
        if (!descriptors.IsEmpty)
        {
            *(nuint*)control = (nuint)(16 + (descriptors.Length * sizeof(int)));
            ((int*)control)[2] = SocketLevel;
            ((int*)control)[3] = Rights;
            descriptors.CopyTo(new Span<int>(control + 16, MostDescriptors));
            message.Control = control;
            message.ControlLength = *(nuint*)control;
        }

        return sendmsg(descriptor, &message, NoSignal) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>Waits for a message; zero when the other end is gone.</summary>
    /// <param name="descriptors">What came with it; the caller closes them.</param>
    public byte Receive(out int[] descriptors)
    {
        // Sound: as in TrySend; the kernel writes no more control bytes than it is told there are.
        byte* control = stackalloc byte[ControlSize];
        byte kind = 0;
        var part = new Part { Base = &kind, Length = 1 };
        descriptors = [];
        nint received;
        Message message;
        do
        {
            message = new Message { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
            received = recvmsg(descriptor, &message, CloseOnExec);
        }
        while (received < 0 && Marshal.GetLastPInvokeError() == (int)Errno.EINTR);
        if (received != 1)
        {
            return 0;
        }

        if (message.ControlLength >= 16 && ((int*)control)[3] == Rights)
        {
            descriptors = new ReadOnlySpan<int>(control + 16, (int)(*(nuint*)control - 16) / sizeof(int)).ToArray();
        }

        return kind;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int fd, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(int fd, Message* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvmsg(int fd, Message* message, int flags);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct Part
    {
        public byte* Base;
        public nuint Length;
    }

    // struct msghdr.
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public nuint NameLength;
        public Part* Parts;
        public nuint PartCount;
        public byte* Control;
        public nuint ControlLength;
        public nuint Flags;
    }
}
