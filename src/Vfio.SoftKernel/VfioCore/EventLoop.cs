using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// Waits for the eventfds that users signal the kernel by (an INTx unmask, an ioeventfd): one thread for all of them, there while there are
/// any. Linux: drivers/vfio/virqfd.c.
/// </summary>
/// <remarks>
/// Edges are waited for, so that a signal is seen whether or not its count can still be had; and the count is taken without ever waiting for it,
/// for the user may have been faster. The lock is a leaf; actions run outside of it. Our descriptors are among the program's, which may close any
/// of its own: a loop that lost its epoll instance begins again with another one, and one that cannot be woken is given another eventfd for that.
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
    private Thread? _thread;

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
            int added = Add(watcher);
            if (added is -(int)Errno.EBADF or -(int)Errno.EINVAL)
            {
                BeginAgain();
            }
            else if (added < 0)
            {
                Remove(watcher);
            }

            return _watchers.ContainsKey(watcher.Id) ? watcher : null;
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

    private int Add(EventWatcher watcher)
        => host.EpollCtl(_epoll, EpollOperation.Add, watcher.Trigger.Descriptor, PollEvents.In | PollEvents.EdgeTriggered, watcher.Id);

    private void Remove(EventWatcher watcher)
    {
        _watchers.Remove(watcher.Id);
        watcher.Trigger.Close();
        EndIfIdle();
    }

    private void EndIfIdle()
    {
        if (_watchers.Count == 0 && _epoll >= 0)
        {
            Span<byte> one = [1, 0, 0, 0, 0, 0, 0, 0];
            if (host.Write(_wake, one) < 0 && host.Eventfd(1, EventfdFlags.NonBlocking) is >= 0 and int wake)
            {
                _wake = wake;
                host.EpollCtl(_epoll, EpollOperation.Add, wake, PollEvents.In, WakeId);
            }
        }
    }

    // What was ours is not closed: the numbers may be another file's by now. An eventfd that is gone as well is nobody's to signal.
    private void BeginAgain()
    {
        (_epoll, _wake, _thread) = (-1, -1, null);
        bool started = TryStart();
        foreach (EventWatcher watcher in _watchers.Values.ToArray())
        {
            if (!started || Add(watcher) < 0)
            {
                _watchers.Remove(watcher.Id);
            }
        }

        EndIfIdle();
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
        _thread = new Thread(() => Run(epoll)) { IsBackground = true, Name = "vfio-virqfd" };
        _thread.Start();
        return true;
    }

    private void Run(int epoll)
    {
        Span<EpollEvent> events = stackalloc EpollEvent[16];
        Span<byte> count = stackalloc byte[8];
        while (true)
        {
            int ready = host.EpollWait(epoll, events, -1);
            if (ready < 0 && ready != -(int)Errno.EINTR)
            {
                lock (_lock)
                {
                    if (_thread == Thread.CurrentThread)
                    {
                        BeginAgain();
                    }

                    return;
                }
            }

            for (int i = 0; i < ready; i++)
            {
                if (events[i].Data == WakeId)
                {
                    lock (_lock)
                    {
                        if (_thread != Thread.CurrentThread)
                        {
                            return;
                        }

                        host.Read(_wake, count);
                        if (_watchers.Count == 0)
                        {
                            CloseBoth(epoll, _wake);
                            (_epoll, _wake, _thread) = (-1, -1, null);
                            return;
                        }
                    }
                }
                else if (!Signalled(events[i].Data))
                {
                    return;
                }
            }
        }
    }

    // False on the thread of a loop that began again: the other one sees the same signal.
    private bool Signalled(ulong id)
    {
        EventWatcher? watcher;
        lock (_lock)
        {
            if (_thread != Thread.CurrentThread)
            {
                return false;
            }

            // Ended since; its eventfd is closed only under this lock.
            if (!_watchers.TryGetValue(id, out watcher))
            {
                return true;
            }

            watcher.Trigger.TakeCount();
        }

        watcher.Act();
        return true;
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
