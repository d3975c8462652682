using System.Buffers.Binary;
using System.Diagnostics;

namespace Vfio.Nvme;

/// <content>The calls under way, and the thread that takes completions.</content>
public sealed partial class NvmeAsyncQueue
{
    private const int Batch = 32;

    // Guards the ring and every call. Data is copied under it. Whoever calls waits for it, so nothing is waited for under it: the controller's lock is held for as long as a reset lasts, and so are
    // stores to the device. Never held while an awaiter is told.
    private readonly Lock _gate = new();
    private readonly NvmeRing _ring;
    private readonly Part[] _parts;
    private readonly Thread _pump;
    private NvmeTransfer? _firstWaiting;
    private NvmeTransfer? _lastWaiting;
    private NvmeTransfer? _ended;
    private NvmeTransfer? _spare;
    private volatile bool _isStopping;
    private volatile bool _isUnreachable;
    private bool _isOver;

    /// <summary>Ends a wait. Memory that only the bounce memory stands behind is given back at once, DMA memory when its commands have ended.</summary>
    internal void Cancel(NvmeTransfer transfer)
    {
        NvmeTransfer? ended;
        lock (_gate)
        {
            if (transfer.HasEnded)
            {
                return;
            }

            transfer.IsCancelled = true;
            if (transfer.UnderWay == 0 || transfer.Direct is null)
            {
                foreach (ref Part part in _parts.AsSpan())
                {
                    // The command keeps its tag and what goes with it; its completion is nobody's.
                    part = part.Owner == transfer ? default : part;
                }

                End(transfer, isCut: true);
            }

            ended = TakeEnded();
        }

        Tell(ended);
    }

    /// <summary>Takes a call back, to be used again.</summary>
    internal void TakeBack(NvmeTransfer transfer)
    {
        lock (_gate)
        {
            transfer.Next = _spare;
            _spare = transfer;
        }
    }

    /// <summary>Has the pump end. Waits for it.</summary>
    internal void StopPump()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        Wake();
        _pump.Join();
    }

    /// <summary>Ends every call: the controller does not know the queue any more.</summary>
    internal void EndAll()
    {
        NvmeTransfer? ended;
        lock (_gate)
        {
            _isOver = true;
            foreach (ref Part part in _parts.AsSpan())
            {
                Fail(part.Owner);
                part = default;
            }

            while (_firstWaiting is { } waiting)
            {
                Fail(waiting);
            }

            ended = TakeEnded();
        }

        Tell(ended);

        void Fail(NvmeTransfer? transfer)
        {
            if (transfer is { HasEnded: false })
            {
                transfer.Failure ??= new ObjectDisposedException(nameof(NvmeAsyncQueue));
                End(transfer);
            }
        }
    }

    private ValueTask Start(
        byte opcode, NvmeNamespace of, ulong first, ulong blocks, CancellationToken cancellation, Memory<byte> destination = default, ReadOnlyMemory<byte> source = default,
        DmaBuffer? direct = null, ulong offset = 0, ReadOnlyMemory<NvmeBlockRange> ranges = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellation);
        }

        if (blocks == 0)
        {
            return ValueTask.CompletedTask;
        }

        bool bounces = !destination.IsEmpty || !source.IsEmpty;
        ulong most = NvmeRanges.MostBlocksOf(of, bounces ? _pair.BounceBytes : direct is not null ? _pair.MostBytes : int.MaxValue);
        NvmeTransfer transfer;
        NvmeTransfer? ended;
        short version;
        bool isStale;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isOver || _isStopping, this);
            transfer = _spare ?? new NvmeTransfer(this);
            _spare = transfer.Next;
            transfer.Next = null;
            transfer.Begin(opcode, of, first, blocks, most, destination, source, direct, offset, ranges);
            version = transfer.Version;
            Append(transfer);
            Advance();
            isStale = _pair.IsStale;
            ended = TakeEnded();
        }

        Tell(ended);
        if (isStale)
        {
            Wake();
        }

        if (cancellation.CanBeCanceled)
        {
            transfer.CancelWith(cancellation);
        }

        return new ValueTask(transfer, version);
    }

    private void Pump()
    {
        InterruptVector vector = _pair.Vector!;
        while (!_isStopping)
        {
            try
            {
                vector.Wait(_pair.Tick);
                Drain();
                if (_pair.IsStale)
                {
                    // Once more: it may have become so behind the last look.
                    Drain();
                    Renew();
                }
                else
                {
                    Watch();
                }
            }
            catch (ObjectDisposedException)
            {
                // The controller was disposed, or its device under it: nobody else may come to end the calls.
                EndAll();
                return;
            }
            catch (Exception e) when (e is NvmeException or VfioException)
            {
                // It answered what was not asked, or its registers are not to be reached.
                _controller.Reset(_pair.Epoch);
            }
        }
    }

    private void Drain()
    {
        Span<NvmeCompletion> completions = stackalloc NvmeCompletion[Batch];
        int count;
        do
        {
            NvmeTransfer? ended;
            lock (_gate)
            {
                count = _pair.IsStale ? _pair.TakeLost(completions) : _controller.IsResetting ? _ring.Take(completions) : _ring.Poll(completions);
                foreach (NvmeCompletion completion in completions[..count])
                {
                    Take(completion);
                }

                Advance();
                ended = TakeEnded();
            }

            Tell(ended);
            if (ended is not null)
            {
                // Where one processor has to do for both, those who were told need not wait until this thread finds nothing more to do.
                Thread.Yield();
            }

            // Answers may come for ever, each to what the last one's awaiter asked: others are late all the same.
            Watch();
        }
        while (count != 0);
    }

    // After a reset, once all that was under way is taken. The controller may be gone: then so are the calls that wait.
    private void Renew()
    {
        NvmeTransfer? ended;
        Exception? failure = null;
        try
        {
            _controller.Make(_pair, CancellationToken.None);
        }
        catch (Exception e) when (e is NvmeException or VfioException)
        {
            failure = e;
        }

        lock (_gate)
        {
            while (failure is not null && _firstWaiting is { } waiting)
            {
                waiting.Failure = failure;
                End(waiting);
            }

            Advance();
            ended = TakeEnded();
        }

        Tell(ended);
    }

    // Only this thread takes completions: a command that is found late is still under way when it is acted on.
    private void Watch()
    {
        if (_isUnreachable)
        {
            _isUnreachable = false;
            _controller.IsWell(_pair.Epoch);
        }

        long now = Stopwatch.GetTimestamp();
        if (!_pair.IsTimeToLook(now))
        {
            return;
        }

        while (true)
        {
            ushort id;
            bool wasAborted;
            lock (_gate)
            {
                if (_pair.IsStale || !_pair.TryFindLate(now, out id, out wasAborted))
                {
                    return;
                }
            }

            _pair.ActOn(id, wasAborted);
        }
    }

    private void Wake()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(one, 1);
        try
        {
            _ = _pair.Vector!.Eventfd.Write(one);
        }
        catch (ObjectDisposedException)
        {
            // The pump is woken by that.
        }
    }

    private void Take(in NvmeCompletion completion)
    {
        Part part = _parts[completion.Tag];
        _parts[completion.Tag] = default;
        if (part.Owner is not { } transfer)
        {
            return;
        }

        transfer.UnderWay--;
        if (completion.Status != 0)
        {
            transfer.Status = transfer.Status == 0 ? completion.Status : transfer.Status;
        }
        else if (!transfer.Destination.IsEmpty)
        {
            try
            {
                _pair.Bounce(completion.Tag, part.Length, out _).CopyTo(transfer.Destination.Span[part.At..]);
            }
            catch (Exception e)
            {
                // As in Submit.
                transfer.Failure = e;
            }
        }

        if (transfer.UnderWay == 0 && (transfer.IsStopped || !transfer.HasMore))
        {
            End(transfer);
        }
    }

    private bool IsReachable => !_pair.IsStale && !_controller.IsResetting;

    /// <summary>Submits commands for the calls that wait, one for each in turn.</summary>
    private void Advance()
    {
        if (!IsReachable)
        {
            return;
        }

        while (_firstWaiting is { } transfer && (transfer.IsStopped || _ring.UnderWay < _ring.Depth))
        {
            Remove(transfer);
            if (!transfer.IsStopped)
            {
                Submit(transfer);
            }

            if (transfer.IsStopped && transfer.UnderWay == 0)
            {
                End(transfer);
            }
            else if (!transfer.IsStopped && transfer.HasMore)
            {
                Append(transfer);
            }
        }

        try
        {
            if (IsReachable)
            {
                _ring.Ring();
            }
        }
        catch (VfioException)
        {
            // Registers that are not to be reached. What to make of it is the pump's, which may wait for the controller.
            _isUnreachable = true;
            Wake();
        }
    }

    private void Submit(NvmeTransfer transfer)
    {
        int blocks = (int)Math.Min(transfer.MostBlocks, transfer.Blocks - transfer.Submitted);
        bool hasData = transfer.Bounces || transfer.Direct is not null;
        int length = hasData ? blocks * transfer.Namespace.BlockSize : 0;
        ulong at = hasData ? transfer.Submitted * (ulong)transfer.Namespace.BlockSize : 0;
        ReadOnlySpan<byte> source;
        ReadOnlySpan<NvmeBlockRange> ranges;
        try
        {
            if (transfer.Bounces)
            {
                _pair.MakeBounce();
            }

            source = transfer.Source.IsEmpty ? [] : transfer.Source.Span.Slice((int)at, length);
            ranges = transfer.Ranges.Span;
        }
        catch (Exception e)
        {
            // Memory that the kernel refused, or that its owner gave back too early or will not show for a reason of his own: the failure of his call, and of no other.
            transfer.Failure = e;
            return;
        }

        _ring.TryTake(out ushort tag);
        ulong data = transfer.Direct is { } memory ? memory.Iova + transfer.Offset + at : 0;
        if (transfer.Bounces)
        {
            source.CopyTo(_pair.Bounce(tag, length, out data));
        }

        _ring.Put(
            transfer.Opcode switch
            {
                NvmeOpcode.Flush => new NvmeCommand { Opcode = NvmeOpcode.Flush, Namespace = transfer.Namespace.Id },
                NvmeOpcode.DatasetManagement => NvmeRanges.Deallocate(transfer.Namespace, ranges, _ring.ListOf(tag, out ulong iova), iova),
                byte opcode => NvmeCommand.OnBlocks(opcode, transfer.Namespace.Id, transfer.First + transfer.Submitted, blocks, data, length),
            },
            tag);
        _parts[tag] = new Part(transfer, (int)Math.Min(at, int.MaxValue), length);
        transfer.Submitted += (ulong)blocks;
        transfer.UnderWay++;
    }

    private void Append(NvmeTransfer transfer)
    {
        transfer.IsWaiting = true;
        if (_lastWaiting is null)
        {
            _firstWaiting = transfer;
        }
        else
        {
            _lastWaiting.Next = transfer;
        }

        _lastWaiting = transfer;
    }

    private void Remove(NvmeTransfer transfer)
    {
        NvmeTransfer? before = null;
        for (NvmeTransfer at = _firstWaiting!; at != transfer; at = at.Next!)
        {
            before = at;
        }

        if (before is null)
        {
            _firstWaiting = transfer.Next;
        }
        else
        {
            before.Next = transfer.Next;
        }

        _lastWaiting = _lastWaiting == transfer ? before : _lastWaiting;
        transfer.Next = null;
        transfer.IsWaiting = false;
    }

    private void End(NvmeTransfer transfer, bool isCut = false)
    {
        if (transfer.IsWaiting)
        {
            Remove(transfer);
        }

        transfer.End(isCut);
        transfer.Next = _ended;
        _ended = transfer;
    }

    private NvmeTransfer? TakeEnded()
    {
        NvmeTransfer? ended = _ended;
        _ended = null;
        return ended;
    }

    private static void Tell(NvmeTransfer? ended)
    {
        while (ended is { } transfer)
        {
            ended = transfer.Next;
            transfer.Next = null;
            ThreadPool.UnsafeQueueUserWorkItem(transfer, preferLocal: false);
        }
    }

    private readonly record struct Part(NvmeTransfer? Owner, int At, int Length);
}
