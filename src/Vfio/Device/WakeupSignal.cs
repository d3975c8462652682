using System.Runtime.CompilerServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>Signalled when a device in low power wakes (<see cref="VfioDevice.EnterLowPowerWithWakeup"/>). Waits allocate nothing of their own.</summary>
public sealed class WakeupSignal : IDisposable
{
    private readonly InterruptVector _vector;

    internal WakeupSignal(ISystemCalls calls) => _vector = new InterruptVector(calls, 0);

    /// <summary>The eventfd, non-blocking; owned by this object. For programs that wait with their own loop.</summary>
    public VfioFileHandle Eventfd => _vector.Eventfd;

    /// <summary>Whether it was signalled since it was last asked or waited for.</summary>
    public bool IsSignalled => _vector.TryRead(out _);

    /// <summary>Blocks until the device wakes (poll).</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it woke.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken = default) => _vector.Wait(timeout, cancellationToken) != 0;

    /// <summary>Waits until the device wakes, without a thread (epoll).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Disposed meanwhile.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitAsync(CancellationToken cancellationToken = default) => await _vector.WaitAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Ends waits and closes the eventfd.</summary>
    public void Dispose() => _vector.Close();
}
