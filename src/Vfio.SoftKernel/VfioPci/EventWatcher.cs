using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// Does something each time a user's eventfd is signalled, until stopped: the kernel's irqfd, drivers/vfio/virqfd.c. One thread for each; they
/// are few (an INTx unmask, an ioeventfd).
/// </summary>
internal sealed class EventWatcher
{
    private readonly ISystemCalls _host;
    private readonly EventTrigger _event;
    private readonly int _stop;
    private readonly Action _act;

    private EventWatcher(ISystemCalls host, EventTrigger watched, int stop, Action act)
    {
        _host = host;
        _event = watched;
        _stop = stop;
        _act = act;
    }

    /// <summary>Starts to watch; the eventfd is the watcher's from here on. Null, with the eventfd closed, when the host has no descriptor left.</summary>
    public static EventWatcher? Start(ISystemCalls host, EventTrigger watched, Action act)
    {
        int stop = host.Eventfd(0, EventfdFlags.NonBlocking);
        if (stop < 0)
        {
            watched.Close();
            return null;
        }

        var watcher = new EventWatcher(host, watched, stop, act);
        new Thread(watcher.Run) { IsBackground = true, Name = "vfio-virqfd" }.Start();
        return watcher;
    }

    /// <summary>Ends it; an action already running may still end after this returns.</summary>
    public void Stop()
    {
        Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
        _host.Write(_stop, one);
    }

    private void Run()
    {
        Span<PollFd> fds = stackalloc PollFd[2];
        Span<byte> count = stackalloc byte[8];
        while (true)
        {
            fds[0] = new PollFd(_stop, PollEvents.In);
            fds[1] = new PollFd(_event.Descriptor, PollEvents.In);
            int ready = _host.Poll(fds, -1);
            if (ready < 0 && ready != -(int)Errno.EINTR)
            {
                break;
            }

            if (fds[0].Returned != PollEvents.None)
            {
                break;
            }

            if ((fds[1].Returned & PollEvents.In) != 0)
            {
                // The kernel empties the counter as it acts.
                _host.Read(_event.Descriptor, count);
                _act();
            }
        }

        _event.Close();
        _host.Close(_stop);
    }
}
