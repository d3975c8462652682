using System.Runtime.CompilerServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// The one thread that waits, by epoll, for all vectors and queues with an asynchronous wait or an event behind them. It starts with the first and ends with the last.
/// </summary>
/// <remarks>
/// A file is armed for one event at a time (EPOLLONESHOT), and arming looks at it at once, so that nothing is lost between two waits.
/// One lock guards the table of pollers and each poller's targets; it is never held while a target runs.
/// </remarks>
internal sealed class InterruptPoller : IDisposable
{
    private const ulong StopId = 0;
    private static readonly Lock s_lock = new();
    private static readonly ConditionalWeakTable<ISystemCalls, InterruptPoller> s_pollers = [];

    private readonly ISystemCalls _calls;
    private readonly VfioFileHandle _epoll;
    private readonly VfioFileHandle _stop;
    private readonly Dictionary<ulong, IPolled> _targets = [];
    private ulong _lastId = StopId;

    private InterruptPoller(ISystemCalls calls)
    {
        _calls = calls;
        _epoll = new VfioFileHandle(calls, calls.EpollCreate().ThrowIfError("epoll_create1", string.Empty), "epoll");
        _stop = new VfioFileHandle(calls, calls.Eventfd(0, EventfdFlags.NonBlocking).ThrowIfError("eventfd", string.Empty), "eventfd");
        Control(EpollOperation.Add, _stop, PollEvents.In, StopId).ThrowIfError("epoll_ctl", "eventfd");
        new Thread(Run) { IsBackground = true, Name = "VFIO interrupts" }.Start();
    }

    /// <summary>Adds a file, not armed yet; the first starts the thread.</summary>
    /// <returns>The poller, and the file's id there.</returns>
    public static (InterruptPoller Poller, ulong Id) Join(IPolled polled)
    {
        ISystemCalls calls = polled.File.Calls;
        lock (s_lock)
        {
            if (!s_pollers.TryGetValue(calls, out InterruptPoller? poller))
            {
                poller = new InterruptPoller(calls);
                s_pollers.Add(calls, poller);
            }

            ulong id = ++poller._lastId;
            poller._targets.Add(id, polled);
            try
            {
                poller.Control(EpollOperation.Add, polled.File, PollEvents.None, id).ThrowIfError("epoll_ctl", polled.File.Path);
            }
            catch
            {
                poller.RemoveLocked(id);
                throw;
            }

            return (poller, id);
        }
    }

    /// <summary>The thread's last act.</summary>
    public void Dispose()
    {
        _epoll.Dispose();
        _stop.Dispose();
    }

    /// <summary>Calls it once when its file can be read; at once where it can be now.</summary>
    /// <exception cref="ObjectDisposedException">It has left.</exception>
    public void Arm(IPolled polled, ulong id)
    {
        int result = Control(EpollOperation.Modify, polled.File, PollEvents.In | PollEvents.OneShot, id);
        ObjectDisposedException.ThrowIf(result == -(int)Errno.ENOENT, polled);
        result.ThrowIfError("epoll_ctl", polled.File.Path);
    }

    /// <summary>Removes a file; a call already under way may still reach it. The last ends the thread.</summary>
    public void Leave(IPolled polled, ulong id)
    {
        lock (s_lock)
        {
            try
            {
                _ = Control(EpollOperation.Delete, polled.File, PollEvents.None, id);
            }
            catch (ObjectDisposedException)
            {
                // The program closed the file itself: closing took it out of the epoll.
            }

            RemoveLocked(id);
        }
    }

    private void RemoveLocked(ulong id)
    {
        if (_targets.Remove(id) && _targets.Count == 0)
        {
            s_pollers.Remove(_calls);
            _ = _stop.Write(BitConverter.GetBytes(1UL));
        }
    }

    private int Control(EpollOperation operation, VfioFileHandle file, PollEvents events, ulong id)
    {
        using HeldDescriptor epoll = _epoll.Hold();
        using HeldDescriptor held = file.Hold();
        return _calls.EpollCtl(epoll.Fd, operation, held.Fd, events, id);
    }

    private void Run()
    {
        Span<EpollEvent> events = stackalloc EpollEvent[16];
        bool stop = false;
        while (!stop)
        {
            int count = _calls.EpollWait(_epoll.Fd, events, -1);
            if (count == -(int)Errno.EINTR)
            {
                continue;
            }

            count.ThrowIfError("epoll_wait", string.Empty);
            for (int i = 0; i < count; i++)
            {
                ulong id = events[i].Data;
                IPolled? target;
                lock (s_lock)
                {
                    stop |= id == StopId;
                    _targets.TryGetValue(id, out target);
                }

                target?.OnReadable();
            }
        }

        Dispose();
    }
}
