using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>An eventfd of a caller's that the kernel signals. Linux: struct eventfd_ctx, fs/eventfd.c. Whoever holds one closes it.</summary>
internal sealed class EventTrigger
{
    private readonly ISystemCalls _host;
    private readonly int _descriptor;

    private EventTrigger(ISystemCalls host, int descriptor)
    {
        _host = host;
        _descriptor = descriptor;
    }

    /// <summary>The host's descriptor of it.</summary>
    public int Descriptor => _descriptor;

    /// <summary>eventfd_ctx_fdget: EBADF when <paramref name="fd"/> is not open, EINVAL when it is no eventfd.</summary>
    public static Errno Take(ISystemCalls host, KernelTask task, int fd, out EventTrigger? trigger)
    {
        trigger = null;
        if (task.Files.Get(fd) is { } soft)
        {
            // A queue's host file is an eventfd, to be polled; to the caller it is none.
            soft.Put();
            return Errno.EINVAL;
        }

        int taken = task.Files.TakeHostDescriptor(fd);
        if (taken < 0)
        {
            return (Errno)(-taken);
        }

        // No system call asks a descriptor whether it is an eventfd; proc names its anonymous inode.
        Span<byte> target = stackalloc byte[64];
        nint length = host.Readlink(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{taken}"), target);
        if (length < 0 || !Encoding.ASCII.GetString(target[..(int)length]).Equals("anon_inode:[eventfd]", StringComparison.Ordinal))
        {
            host.Close(taken);
            return Errno.EINVAL;
        }

        trigger = new EventTrigger(host, taken);
        return Errno.None;
    }

    /// <summary>eventfd_signal: adds one. A full counter stays full: the kernel never waits for its reader, and nor may we, with locks held.</summary>
    public void Signal() => EventCount.Add(_descriptor);

    /// <summary>eventfd_ctx_do_read: empties the counter, without waiting for a count that the user has taken.</summary>
    public void TakeCount() => EventCount.Take(_descriptor);

    /// <summary>eventfd_ctx_put.</summary>
    public void Close() => _host.Close(_descriptor);
}
