using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// One interrupt vector: an eventfd that the kernel counts up as the interrupt fires. Every way to read takes the whole count; none is lost between two reads.
/// </summary>
/// <remarks>
/// Waits allocate nothing of their own. Any number of threads may <see cref="Wait(TimeSpan, CancellationToken)"/> or <see cref="TryRead"/>; one <see cref="WaitAsync"/> at a time. Disposing the
/// <see cref="InterruptSet"/> or the device ends every wait with <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed class InterruptVector : IPolled
{
    private readonly Lock _lock = new();
    private readonly Action? _handler;
    private InterruptPoller? _poller;
    private ulong _pollerId;
    private VfioFileHandle? _spareWake;
    private volatile bool _disposed;

    /// <summary>A vector with an eventfd of its own, counting nothing yet.</summary>
    /// <param name="calls">Where the eventfd is made.</param>
    /// <param name="index">Its number in the set.</param>
    /// <param name="handler">Called on the thread pool for each time it fires, instead of waits; null for a vector that is waited for.</param>
    internal InterruptVector(ISystemCalls calls, int index, Action? handler = null)
    {
        Index = index;
        _handler = handler;
        Eventfd = NewEventfd(calls);
        Readable = new ReadableWait(Eventfd);
    }

    /// <summary>Its number in the set, from 0.</summary>
    public int Index { get; }

    /// <summary>The eventfd, non-blocking; owned by this object. For programs that wait with their own loop.</summary>
    public VfioFileHandle Eventfd { get; }

    /// <summary>Waits until there is a count, which whoever waits then takes.</summary>
    internal ReadableWait Readable { get; }

    VfioFileHandle IPolled.File => Eventfd;

    /// <summary>Takes the count without waiting.</summary>
    /// <param name="count">How often it fired since the last read; 0 for never.</param>
    /// <returns>Whether it fired.</returns>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public bool TryRead(out ulong count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        nint result = Eventfd.Read(value);
        if (result == -(int)Errno.EAGAIN || result == -(int)Errno.EINTR)
        {
            count = 0;
            return false;
        }

        result.ThrowIfError("read", "eventfd");
        count = BinaryPrimitives.ReadUInt64LittleEndian(value);
        return true;
    }

    /// <summary>Blocks until it fires (poll).</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How often it fired since the last read; 0 when the time is up.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    public ulong Wait(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, Timeout.InfiniteTimeSpan);
        cancellationToken.ThrowIfCancellationRequested();
        if (TryRead(out ulong count))
        {
            return count;
        }

        VfioFileHandle? wake = null;
        try
        {
            if (cancellationToken.CanBeCanceled)
            {
                wake = Interlocked.Exchange(ref _spareWake, null) ?? NewEventfd(Eventfd.Calls);
            }

            using CancellationTokenRegistration registration =
                cancellationToken.UnsafeRegister(static state => Signal((VfioFileHandle)state!), wake);
            return Wait(timeout, wake, cancellationToken);
        }
        finally
        {
            if (wake is not null)
            {
                KeepWake(wake);
            }
        }
    }

    /// <summary>Waits until it fires, without a thread of its own (epoll).</summary>
    /// <param name="cancellationToken">Ends the wait; a count that came meanwhile stays for the next read.</param>
    /// <returns>How often it fired since the last read. Await it once.</returns>
    /// <exception cref="InvalidOperationException">Another asynchronous wait is under way.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The set is disposed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ulong> WaitAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ulong count;
        while (!TryRead(out count))
        {
            await Readable.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    /// <summary>Starts calling the handler.</summary>
    internal void Listen()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            (_poller, _pollerId) = InterruptPoller.Join(this);
        }

        _poller.Arm(this, _pollerId);
    }

    /// <summary>The poller saw a count, and the handler is to be called.</summary>
    void IPolled.OnReadable()
    {
        try
        {
            if (TryRead(out _))
            {
                ThreadPool.UnsafeQueueUserWorkItem(static handler => handler(), _handler!, preferLocal: false);
            }

            _poller!.Arm(this, _pollerId);
        }
        catch (Exception e) when (e is ObjectDisposedException or VfioException)
        {
            // Closed meanwhile: nobody is left to be called.
        }
    }

    /// <summary>Ends every wait and closes the eventfd. The interrupt is disabled before.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            _poller?.Leave(this, _pollerId);
        }

        // Whoever blocks in poll wakes, finds _disposed and does not take the count, so that the others wake as well.
        Signal(Eventfd);
        Readable.Close();
        Eventfd.Dispose();
        Interlocked.Exchange(ref _spareWake, null)?.Dispose();
    }

    private static VfioFileHandle NewEventfd(ISystemCalls calls) =>
        new(calls, calls.Eventfd(0, EventfdFlags.NonBlocking).ThrowIfError("eventfd", string.Empty), "eventfd");

    private static void Signal(VfioFileHandle eventfd)
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        try
        {
            _ = eventfd.Write(one);
        }
        catch (ObjectDisposedException)
        {
            // A token cancelled after the vector was closed wakes nobody.
        }
    }

    /// <summary>The wake eventfd of one blocking wait, for the next; drained, for its token may have been cancelled after the count came.</summary>
    private void KeepWake(VfioFileHandle wake)
    {
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        _ = wake.Read(value);
        if (_disposed || Interlocked.CompareExchange(ref _spareWake, wake, null) is not null)
        {
            wake.Dispose();
        }
    }

    private ulong Wait(TimeSpan timeout, VfioFileHandle? wake, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            TimeSpan left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(start);
            bool late = timeout != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero;
            if (!late)
            {
                Poll(wake, left);
            }

            if (TryRead(out ulong count) || late)
            {
                return count;
            }

            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Poll(VfioFileHandle? wake, TimeSpan left)
    {
        bool held = false;
        try
        {
            Eventfd.DangerousAddRef(ref held);
            Span<PollFd> fds = [new PollFd(Eventfd.Fd, PollEvents.In), new PollFd(wake?.Fd ?? -1, PollEvents.In)];
            int milliseconds = left < TimeSpan.Zero ? -1 : (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue);
            int result = Eventfd.Calls.Poll(fds, milliseconds);
            if (result != -(int)Errno.EINTR)
            {
                result.ThrowIfError("poll", "eventfd");
            }
        }
        finally
        {
            if (held)
            {
                Eventfd.DangerousRelease();
            }
        }
    }
}
