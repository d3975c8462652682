using System.Runtime.InteropServices;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>Reads of an eventfd that never wait, whatever its user has made of O_NONBLOCK, which is his as much as ours.</summary>
internal static unsafe partial class EventCount
{
    // RWF_NOWAIT.
    private const int NoWait = 8;

    /// <summary>eventfd_ctx_do_read: the count there is goes; none is no error.</summary>
    public static void Take(int descriptor)
    {
        ulong count;

        // Sound: eight bytes of this frame, which the kernel writes before it returns; it keeps no address.
        var to = new IoVector { Base = &count, Length = sizeof(ulong) };
        preadv2(descriptor, &to, 1, -1, NoWait);
    }

    [LibraryImport("libc")]
    private static partial nint preadv2(int descriptor, IoVector* vectors, int vectorCount, long offset, int flags);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public void* Base;
        public nuint Length;
    }
}
