using System.Threading.Tasks.Sources;

namespace Vfio.Nvme;

/// <summary>
/// One call of an <see cref="NvmeAsyncQueue"/>: what is to be moved, how far it has come, and who waits. Used again and again. The queue's gate guards all of it but the end: that is
/// one pool thread's, then the awaiter's.
/// </summary>
internal sealed class NvmeTransfer(NvmeAsyncQueue queue) : IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _registration;
    private CancellationToken _token;
    private bool _wasCut;

    /// <summary>The next in the list that it stands in: of those that wait for a command to be free, of those that have ended, of those to use again.</summary>
    public NvmeTransfer? Next { get; set; }

    public byte Opcode { get; private set; }

    public NvmeNamespace Namespace { get; private set; } = null!;

    public ulong First { get; private set; }

    /// <summary>To be moved; 1 for commands that are on no blocks.</summary>
    public ulong Blocks { get; private set; }

    /// <summary>Of one command.</summary>
    public ulong MostBlocks { get; private set; }

    /// <summary>Where what is read goes, through bounce memory.</summary>
    public Memory<byte> Destination { get; private set; }

    /// <summary>Where what is written comes from, likewise.</summary>
    public ReadOnlyMemory<byte> Source { get; private set; }

    /// <summary>Ranges to deallocate.</summary>
    public ReadOnlyMemory<NvmeBlockRange> Ranges { get; private set; }

    /// <summary>Memory that the device reaches itself: as long as a command is under way it is not given back.</summary>
    public DmaBuffer? Direct { get; private set; }

    /// <summary>Where in <see cref="Direct"/>.</summary>
    public ulong Offset { get; private set; }

    /// <summary>How many of the blocks commands were submitted for.</summary>
    public ulong Submitted { get; set; }

    /// <summary>Commands under way.</summary>
    public int UnderWay { get; set; }

    /// <summary>Of the first command that failed.</summary>
    public int Status { get; set; }

    /// <summary>What went wrong besides commands.</summary>
    public Exception? Failure { get; set; }

    public bool IsCancelled { get; set; }

    /// <summary>It stands in the list of those that wait.</summary>
    public bool IsWaiting { get; set; }

    public bool HasEnded { get; private set; }

    public bool HasMore => Submitted < Blocks;

    /// <summary>No more commands are submitted for it.</summary>
    public bool IsStopped => Status != 0 || Failure is not null || IsCancelled;

    public bool Bounces => !Destination.IsEmpty || !Source.IsEmpty;

    public short Version => _core.Version;

    public void Begin(
        byte opcode, NvmeNamespace of, ulong first, ulong blocks, ulong mostBlocks, Memory<byte> destination = default, ReadOnlyMemory<byte> source = default,
        DmaBuffer? direct = null, ulong offset = 0, ReadOnlyMemory<NvmeBlockRange> ranges = default)
    {
        (Opcode, Namespace, First, Blocks, MostBlocks) = (opcode, of, first, blocks, mostBlocks);
        (Destination, Source, Direct, Offset, Ranges) = (destination, source, direct, offset, ranges);
        (Submitted, UnderWay, Status, Failure, IsCancelled, HasEnded, _wasCut) = (0, 0, 0, null, false, false, false);
    }

    /// <summary>From here on nothing of it is touched but by <see cref="IThreadPoolWorkItem.Execute"/>. With <paramref name="isCut"/>, commands of it may still be under way.</summary>
    public void End(bool isCut = false)
    {
        HasEnded = true;
        _wasCut = isCut || (IsCancelled && HasMore);
    }

    /// <summary>Once, after the call has begun; it may have ended meanwhile, but nobody can have been told.</summary>
    public void CancelWith(CancellationToken cancellation)
    {
        _token = cancellation;
        _registration = cancellation.UnsafeRegister(static transfer => ((NvmeTransfer)transfer!).Cancel(), this);
    }

    /// <summary>Tells who waits, on this thread: continuations run here, and never on the queue's own.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        if (Failure is not null)
        {
            _core.SetException(Failure);
        }
        else if (Status != 0)
        {
            _core.SetException(new NvmeException(NvmeOpcode.NameOf(Opcode), Status));
        }
        else if (_wasCut)
        {
            _core.SetException(new OperationCanceledException(_token));
        }
        else
        {
            _core.SetResult(true);
        }
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        // Throws where it is not this call's, or too early: then nothing is taken back.
        bool isEnd = _core.GetStatus(token) != ValueTaskSourceStatus.Pending;
        try
        {
            _core.GetResult(token);
        }
        finally
        {
            if (isEnd)
            {
                // Waits for a cancellation that is being told right now: it must not meet the next call.
                _registration.Dispose();
                (_registration, _token) = (default, default);
                (Destination, Source, Ranges, Direct, Failure) = (default, default, default, null, null);
                _core.Reset();
                queue.TakeBack(this);
            }
        }
    }

    private void Cancel() => queue.Cancel(this);
}
