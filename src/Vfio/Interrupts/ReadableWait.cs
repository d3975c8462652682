using System.Threading.Tasks.Sources;

namespace Vfio;

/// <summary>
/// Waits until a file can be read, without a thread of its own; one wait at a time. May wake where there is nothing to read after all: whoever waits reads and waits again. Allocates
/// nothing after the first.
/// </summary>
/// <param name="file">The file; not owned, closed after this is.</param>
internal sealed class ReadableWait(VfioFileHandle file) : IPolled, IValueTaskSource
{
    private const int Idle = 0;
    private const int Waiting = 1;
    private const int Completing = 2;

    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private InterruptPoller? _poller;
    private ulong _pollerId;
    private int _state;
    private volatile bool _disposed;

    /// <inheritdoc/>
    public VfioFileHandle File { get; } = file;

    /// <summary>Waits.</summary>
    /// <exception cref="InvalidOperationException">Another wait is under way.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">Closed before or meanwhile.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        InterruptPoller poller = Poller();
        if (Interlocked.CompareExchange(ref _state, Completing, Idle) != Idle)
        {
            throw new InvalidOperationException($"A wait for {File.Path} is under way; there is one at a time.");
        }

        _core.Reset();
        short version = _core.Version;
        _token = cancellationToken;
        Volatile.Write(ref _state, Waiting);
        _registration = cancellationToken.UnsafeRegister(static state => ((ReadableWait)state!).Cancel(), this);
        try
        {
            poller.Arm(this, _pollerId);
        }
        catch (Exception e) when (e is ObjectDisposedException or VfioException)
        {
            End(e);
        }

        if (_disposed)
        {
            End(new ObjectDisposedException(File.Path));
        }

        return new ValueTask(this, version);
    }

    /// <inheritdoc/>
    public void OnReadable()
    {
        if (Interlocked.CompareExchange(ref _state, Completing, Waiting) == Waiting)
        {
            _core.SetResult(true);
        }
    }

    /// <summary>Ends a wait. Before the file is closed.</summary>
    public void Close()
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

        End(new ObjectDisposedException(File.Path));
    }

    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            if (_core.Version == token && Volatile.Read(ref _state) == Completing)
            {
                _registration.Dispose();
                _registration = default;
                Volatile.Write(ref _state, Idle);
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    private void Cancel() => End(new OperationCanceledException(_token));

    private void End(Exception cause)
    {
        if (Interlocked.CompareExchange(ref _state, Completing, Waiting) == Waiting)
        {
            _core.SetException(cause);
        }
    }

    private InterruptPoller Poller()
    {
        if (Volatile.Read(ref _poller) is { } known)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return known;
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_poller is null)
            {
                (InterruptPoller joined, _pollerId) = InterruptPoller.Join(this);
                Volatile.Write(ref _poller, joined);
            }

            return _poller!;
        }
    }
}
