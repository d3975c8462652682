using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// Waits for the eventfds that users signal the kernel by (an INTx unmask, an ioeventfd): one thread for all of them, there while there are
/// any. Linux: drivers/vfio/virqfd.c.
/// </summary>
/// <remarks>
/// Edges are waited for, so that a signal is seen whether or not its count can still be had; and the count is taken without ever waiting for it,
/// for the user may have been faster. The lock is a leaf; actions run outside of it.
/// </remarks>
/// <param name="host">The system calls of the process we live in.</param>
internal sealed class EventLoop(ISystemCalls host)
{
    private const ulong WakeId = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, EventWatcher> _watchers = [];
    private ulong _lastId = WakeId;
    private int _epoll = -1;
    private int _wake = -1;

    /// <summary>Its thread is there.</summary>
    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return _epoll >= 0;
            }
        }
    }

    /// <summary>
    /// vfio_virqfd_enable: the eventfd is the watcher's from here on; one that is signalled already acts at once. Null, with the eventfd closed, when
    /// the host has no descriptor left.
    /// </summary>
    public EventWatcher? Watch(EventTrigger trigger, Action act)
    {
        lock (_lock)
        {
            if (_epoll < 0 && !TryStart())
            {
                trigger.Close();
                return null;
            }

            var watcher = new EventWatcher(this, ++_lastId, trigger, act);
            _watchers.Add(watcher.Id, watcher);
            if (host.EpollCtl(_epoll, EpollOperation.Add, trigger.Descriptor, PollEvents.In | PollEvents.EdgeTriggered, watcher.Id) < 0)
            {
                Remove(watcher);
                return null;
            }

            return watcher;
        }
    }

    /// <summary>Ends a watcher; once more does nothing.</summary>
    public void Stop(EventWatcher watcher)
    {
        lock (_lock)
        {
            if (_watchers.ContainsKey(watcher.Id))
            {
                host.EpollCtl(_epoll, EpollOperation.Delete, watcher.Trigger.Descriptor, PollEvents.None, 0);
                Remove(watcher);
            }
        }
    }

    private void Remove(EventWatcher watcher)
    {
        _watchers.Remove(watcher.Id);
        watcher.Trigger.Close();
        if (_watchers.Count == 0)
        {
            Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
            host.Write(_wake, one);
        }
    }

    private bool TryStart()
    {
        int epoll = host.EpollCreate();
        int wake = host.Eventfd(0, EventfdFlags.NonBlocking);
        if (epoll < 0 || wake < 0 || host.EpollCtl(epoll, EpollOperation.Add, wake, PollEvents.In, WakeId) < 0)
        {
            CloseBoth(epoll, wake);
            return false;
        }

        (_epoll, _wake) = (epoll, wake);
        new Thread(() => Run(epoll, wake)) { IsBackground = true, Name = "vfio-virqfd" }.Start();
        return true;
    }

    private void Run(int epoll, int wake)
    {
        Span<EpollEvent> events = stackalloc EpollEvent[16];
        Span<byte> count = stackalloc byte[8];
        while (true)
        {
            int ready = host.EpollWait(epoll, events, -1);
            if (ready < 0 && ready != -(int)Errno.EINTR)
            {
                throw new InvalidOperationException($"epoll: {(Errno)(-ready)}");
            }

            for (int i = 0; i < ready; i++)
            {
                if (events[i].Data == WakeId)
                {
                    lock (_lock)
                    {
                        host.Read(wake, count);
                        if (_watchers.Count == 0)
                        {
                            (_epoll, _wake) = (-1, -1);
                            CloseBoth(epoll, wake);
                            return;
                        }
                    }
                }
                else
                {
                    Signalled(events[i].Data);
                }
            }
        }
    }

    private void Signalled(ulong id)
    {
        EventWatcher? watcher;
        lock (_lock)
        {
            // Ended since; its eventfd is closed only under this lock.
            if (!_watchers.TryGetValue(id, out watcher))
            {
                return;
            }

            watcher.Trigger.TakeCount();
        }

        watcher.Act();
    }

    private void CloseBoth(int epoll, int wake)
    {
        if (epoll >= 0)
        {
            host.Close(epoll);
        }

        if (wake >= 0)
        {
            host.Close(wake);
        }
    }
}
