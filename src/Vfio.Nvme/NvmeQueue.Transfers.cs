namespace Vfio.Nvme;

/// <content>Transfers of any length, which return when they are done.</content>
public sealed partial class NvmeQueue
{
    // What each command moves, by tag.
    private readonly Part[] _parts;

    /// <summary>
    /// Reads blocks into ordinary memory, through bounce memory of the queue's own (made with the first), by as many commands as it takes, several at a time. Polls for them, or waits for
    /// <see cref="Vector"/> where there is one.
    /// </summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="destination">Where to: any number of whole blocks, of any alignment.</param>
    /// <param name="cancellation">Submits no more, and ends once what is under way has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">A command failed, was lost to a reset, or the controller is gone. What <paramref name="destination"/> holds is not known.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    /// <exception cref="VfioException">The kernel refused the bounce memory.</exception>
    public void Read(NvmeNamespace from, ulong first, Span<byte> destination, CancellationToken cancellation = default)
        => Move(NvmeOpcode.Read, from, first, NvmeRanges.CheckData(from, first, destination.Length), destination, default, default, cancellation);

    /// <summary>
    /// Reads blocks into DMA memory without a copy; through bounce memory where <paramref name="offset"/> is not what the controller can reach.
    /// </summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="memory">Where to; mapped for the device to write.</param>
    /// <param name="offset">In the memory; any.</param>
    /// <param name="length">Bytes: any number of whole blocks.</param>
    /// <param name="cancellation">Submits no more, and ends once what is under way has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole, or not in the memory.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">A command failed, was lost to a reset, or the controller is gone. What the memory holds is not known.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public void Read(NvmeNamespace from, ulong first, DmaBuffer memory, ulong offset, int length, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        NvmeRanges.CheckMemory(memory, offset, length);
        if (offset % sizeof(uint) != 0 && !IsAnyAlignmentTaken)
        {
            Read(from, first, memory.Slice(offset, length), cancellation);
            return;
        }

        Move(NvmeOpcode.Read, from, first, NvmeRanges.CheckData(from, first, length), default, default, memory.Iova + offset, cancellation);
    }

    /// <summary>Writes blocks from ordinary memory. As <see cref="Read(NvmeNamespace, ulong, Span{byte}, CancellationToken)"/>; after a failure it is not known which blocks are written.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="source">Where from: any number of whole blocks, of any alignment.</param>
    /// <param name="cancellation">Submits no more, and ends once what is under way has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">A command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    /// <exception cref="VfioException">The kernel refused the bounce memory.</exception>
    public void Write(NvmeNamespace to, ulong first, ReadOnlySpan<byte> source, CancellationToken cancellation = default)
        => Move(NvmeOpcode.Write, to, first, NvmeRanges.CheckData(to, first, source.Length), default, source, default, cancellation);

    /// <summary>Writes blocks from DMA memory without a copy. As <see cref="Read(NvmeNamespace, ulong, DmaBuffer, ulong, int, CancellationToken)"/>.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="memory">Where from; mapped for the device to read.</param>
    /// <param name="offset">In the memory; any.</param>
    /// <param name="length">Bytes: any number of whole blocks.</param>
    /// <param name="cancellation">Submits no more, and ends once what is under way has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole, or not in the memory.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">A command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public void Write(NvmeNamespace to, ulong first, DmaBuffer memory, ulong offset, int length, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        NvmeRanges.CheckMemory(memory, offset, length);
        if (offset % sizeof(uint) != 0 && !IsAnyAlignmentTaken)
        {
            Write(to, first, memory.Slice(offset, length), cancellation);
            return;
        }

        Move(NvmeOpcode.Write, to, first, NvmeRanges.CheckData(to, first, length), default, default, memory.Iova + offset, cancellation);
    }

    /// <summary>Makes blocks read as zeros (Write Zeroes; <see cref="NvmeOptions.WriteZeroes"/>).</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="cancellation">Submits no more, and ends once what is under way has ended.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">A command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public void WriteZeroes(NvmeNamespace to, ulong first, ulong blocks, CancellationToken cancellation = default)
    {
        NvmeRanges.Check(to, first, blocks);
        Move(NvmeOpcode.WriteZeroes, to, first, blocks, default, default, default, cancellation);
    }

    /// <summary>Flushes: what was written before is kept whatever happens.</summary>
    /// <param name="of">The namespace.</param>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">The command failed, was lost to a reset, or the controller is gone.</exception>
    public void Flush(NvmeNamespace of)
    {
        CheckIdle();
        if (!TryFlush(of, out _))
        {
            throw Unready();
        }

        Finish("Flush");
    }

    /// <summary>Gives blocks back (Dataset Management, Deallocate; <see cref="NvmeOptions.DatasetManagement"/>).</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="ranges">Which, 1 to 256 ranges.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is not in the namespace, or there are none or too many.</exception>
    /// <exception cref="InvalidOperationException">Commands are under way: take their completions first.</exception>
    /// <exception cref="NvmeException">The command failed, was lost to a reset, or the controller is gone.</exception>
    public void Deallocate(NvmeNamespace of, params ReadOnlySpan<NvmeBlockRange> ranges)
    {
        CheckIdle();
        if (!TryDeallocate(of, ranges, out _))
        {
            throw Unready();
        }

        Finish("Deallocate");
    }

    private void Finish(string name)
    {
        _pair.Announce();
        Span<NvmeCompletion> one = stackalloc NvmeCompletion[1];
        try
        {
            Wait(one);
        }
        catch
        {
            // As in Move.
            EndAll();
            throw;
        }

        one[0].ThrowIfFailed(name);
    }

    /// <param name="opcode">The command.</param>
    /// <param name="of">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="destination">Where what is read goes; empty for what goes without a copy, or nowhere.</param>
    /// <param name="source">Where what is written comes from; likewise.</param>
    /// <param name="iova">Where it is without a copy; 0, which no memory of ours is at, for what is copied or has no data.</param>
    /// <param name="cancellation">Submits no more.</param>
    private void Move(
        byte opcode, NvmeNamespace of, ulong first, ulong blocks, Span<byte> destination, ReadOnlySpan<byte> source, ulong iova, CancellationToken cancellation)
    {
        const int Batch = 32;
        CheckIdle();
        cancellation.ThrowIfCancellationRequested();
        bool bounces = !destination.IsEmpty || !source.IsEmpty;

        // In this order: memory for DMA turns bus mastering on, which a controller that would not stop has lost.
        if (bounces && _pair.TryBeReady())
        {
            _pair.MakeBounce();
        }

        ulong most = NvmeRanges.MostBlocksOf(of, bounces ? _pair.BounceBytes : iova != 0 ? _pair.MostBytes : int.MaxValue);
        Span<NvmeCompletion> completions = stackalloc NvmeCompletion[Batch];
        ulong submitted = 0;
        int status = 0;
        try
        {
            do
            {
                while (submitted < blocks && status == 0 && !cancellation.IsCancellationRequested && _pair.TryBeReady() && _ring.TryTake(out ushort tag))
                {
                    int count = (int)Math.Min(most, blocks - submitted);
                    int at = bounces ? (int)submitted * of.BlockSize : 0;
                    int length = bounces || iova != 0 ? count * of.BlockSize : 0;
                    ulong data = iova + (submitted * (ulong)of.BlockSize);
                    if (bounces)
                    {
                        Span<byte> memory = _pair.Bounce(tag, length, out data);
                        (source.IsEmpty ? [] : source.Slice(at, length)).CopyTo(memory);
                    }

                    _parts[tag] = new Part(at, length);
                    _ring.Put(NvmeCommand.OnBlocks(opcode, of.Id, first + submitted, count, data, length), tag);
                    submitted += (ulong)count;
                }

                _pair.Announce();
                foreach (NvmeCompletion completion in completions[..Wait(completions)])
                {
                    if (completion.Status != 0)
                    {
                        status = status == 0 ? completion.Status : status;
                    }
                    else if (!destination.IsEmpty)
                    {
                        Part part = _parts[completion.Tag];
                        _pair.Bounce(completion.Tag, part.Length, out _).CopyTo(destination[part.At..]);
                    }
                }
            }
            while (_ring.UnderWay != 0 || (submitted < blocks && status == 0 && !cancellation.IsCancellationRequested));
        }
        catch
        {
            // A controller that answers nonsense, or registers that are not to be reached.
            EndAll();
            throw;
        }

        new NvmeCompletion(0, status, 0).ThrowIfFailed(NvmeOpcode.NameOf(opcode));
        if (submitted < blocks)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Until there is a completion at least, or nothing under way.</summary>
    private int Wait(Span<NvmeCompletion> completions)
    {
        SpinWait spin = default;
        int count = 0;
        while (_ring.UnderWay != 0 && (count = _pair.Poll(completions)) == 0)
        {
            if (Vector is { } vector)
            {
                vector.Wait(_pair.Tick);
            }
            else
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }

        return count;
    }

    // Nothing may stay under way that writes to memory of the caller's: the controller is stopped.
    private void EndAll()
    {
        _controller.Reset(_pair.Epoch);
        while (_ring.TryForget(out _))
        {
        }
    }

    private void CheckIdle()
    {
        if (_ring.UnderWay != 0)
        {
            throw new InvalidOperationException($"{_ring.UnderWay} commands are under way: take their completions first.");
        }
    }

    private static InvalidOperationException Unready() => new("The queue is in use by another thread.");

    private readonly record struct Part(int At, int Length);
}
