using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>The descriptor that a filter's notifications come from. Linux: kernel/seccomp.c seccomp_notify_ioctl.</summary>
/// <param name="descriptor">The descriptor; not owned.</param>
internal sealed unsafe partial class Listener(int descriptor)
{
    private const uint Receive = 0xc050_2100;
    private const uint Send = 0xc018_2101;
    private const uint IsValid = 0x4008_2102;
    private const uint AddDescriptor = 0x4018_2103;
    private const uint SetFlags = 0x4008_2104;
    private const uint Continue = 1;
    private const uint CloseOnExec = 0x80000;

    /// <summary>The descriptor.</summary>
    public int Descriptor => descriptor;

    /// <summary>SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: who asks and who answers take turns on one processor. Older kernels go without.</summary>
    public void SetSynchronousWakeUp() => ioctl(descriptor, SetFlags, (void*)1);

    /// <summary>Waits for a call. ENOENT: it is gone already, or nobody is left who could make one.</summary>
    public Errno TryReceive(out Notification notification)
    {
        // Sound: the struct is as large as the number says, and a local does not move.
        notification = default;
        fixed (Notification* place = &notification)
        {
            return Result(ioctl(descriptor, Receive, place));
        }
    }

    /// <summary>Answers with a result or a negative errno. ENOENT: the caller was killed meanwhile.</summary>
    public Errno TryAnswer(ulong id, long result)
        => Answer(new Response { Id = id, Value = result < 0 ? 0 : result, Error = result < 0 ? (int)result : 0 });

    /// <summary>The host's kernel does the call as it stands. Not for security: what an address holds can change before it does.</summary>
    public Errno TryContinue(ulong id) => Answer(new Response { Id = id, Flags = Continue });

    /// <summary>Is the caller still waiting? What was read of /proc/PID before this says so is of that process.</summary>
    public bool IsWaiting(ulong id) => ioctl(descriptor, IsValid, &id) == 0;

    /// <summary>Gives the caller a descriptor of an open file of ours; its number, or a negative errno.</summary>
    /// <param name="id">The call.</param>
    /// <param name="source">Our descriptor.</param>
    /// <param name="closeOnExec">FD_CLOEXEC.</param>
    public int TryAdd(ulong id, int source, bool closeOnExec)
        => Add(new Addition { Id = id, Source = (uint)source, NewFlags = closeOnExec ? CloseOnExec : 0 });

    /// <summary>Puts an open file of ours in the place of the caller's descriptor, whose own is closed.</summary>
    public int TryReplace(ulong id, int source, int fd)
    {
        const uint AsNumber = 1;
        return Add(new Addition { Id = id, Source = (uint)source, Flags = AsNumber, New = (uint)fd, NewFlags = CloseOnExec });
    }

    private int Add(Addition request)
    {
        // Sound: as in TryReceive.
        int added = ioctl(descriptor, AddDescriptor, &request);
        return added < 0 ? -Marshal.GetLastPInvokeError() : added;
    }

    private Errno Answer(Response response) => Result(ioctl(descriptor, Send, &response));

    private static Errno Result(int result) => result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int fd, nuint request, void* argument);

    // struct seccomp_notif_resp.
    [StructLayout(LayoutKind.Sequential)]
    private struct Response
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }

    // struct seccomp_notif_addfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Addition
    {
        public ulong Id;
        public uint Flags;
        public uint Source;
        public uint New;
        public uint NewFlags;
    }
}
