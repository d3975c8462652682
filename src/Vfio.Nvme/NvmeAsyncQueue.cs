namespace Vfio.Nvme;

/// <summary>
/// A pair of I/O queues for any number of threads, whose commands are awaited. A thread of its own waits for the queue's interrupt and takes completions; awaiters go on on the thread pool.
/// Allocates nothing per call, once as many calls were under way as ever are.
/// </summary>
/// <remarks>
/// <para>Calls are of any length; past what one command moves they take several, and share the queue with others in turn. As many as like may be under way: those beyond
/// <see cref="Depth"/> wait their turn. Await each returned task once.</para>
/// <para>Ordinary memory goes through bounce memory of the queue's own, which a command keeps until the controller has answered it, or was reset: cancelling ends the wait at once, and nothing
/// is written to the caller's memory afterwards. A <see cref="DmaBuffer"/> is moved without a copy: there, cancelling submits no more commands, and the wait ends when those under way
/// have.</para>
/// <para>Every call ends once. A command that is late is aborted, then the controller reset (<see cref="NvmeController.CommandTimeout"/>); a call that a reset ended throws
/// <see cref="NvmeFailure.AbortedByReset"/>, one at a controller that is gone <see cref="NvmeFailure.Gone"/>, one at a queue that is disposed <see cref="ObjectDisposedException"/>. A call
/// that is made during a reset returns at once, as any, and is begun when it is over.</para>
/// </remarks>
public sealed partial class NvmeAsyncQueue : IDisposable
{
    private readonly NvmeController _controller;
    private readonly NvmeQueuePair _pair;

    internal NvmeAsyncQueue(NvmeController controller, NvmeQueuePair pair)
    {
        _controller = controller;
        _pair = pair;
        _ring = pair.Ring;
        _parts = new Part[pair.Ring.Depth];
        _pump = new Thread(Pump) { IsBackground = true, Name = $"NVMe queue {pair.Id}" };
        _pump.Start();
    }

    /// <summary>QID, from 1.</summary>
    public int Id => _pair.Id;

    /// <summary>How many commands can be under way.</summary>
    public int Depth => _ring.Depth;

    /// <summary>The most bytes of one command.</summary>
    public int MaximumTransfer => _pair.MostBytes;

    /// <summary>Reads blocks into ordinary memory.</summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="destination">Where to: any number of whole blocks, of any alignment.</param>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: a command failed, was lost to a reset, or the controller is gone. What <paramref name="destination"/> holds is not known.</exception>
    /// <exception cref="VfioException">When awaited: the kernel refused the bounce memory, which is made with the first call.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled.</exception>
    public ValueTask ReadAsync(NvmeNamespace from, ulong first, Memory<byte> destination, CancellationToken cancellation = default)
        => Start(NvmeOpcode.Read, from, first, NvmeRanges.CheckData(from, first, destination.Length), cancellation, destination: destination);

    /// <summary>Reads blocks into DMA memory without a copy; through bounce memory where <paramref name="offset"/> is not what the controller can reach.</summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="memory">Where to; mapped for the device to write. Not to be disposed before the call has ended.</param>
    /// <param name="offset">In the memory; any.</param>
    /// <param name="length">Bytes: any number of whole blocks.</param>
    /// <param name="cancellation">Submits no more commands.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole, or not in the memory.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: a command failed, was lost to a reset, or the controller is gone. What the memory holds is not known.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled, and not all was read.</exception>
    public ValueTask ReadAsync(NvmeNamespace from, ulong first, DmaBuffer memory, ulong offset, int length, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        NvmeRanges.CheckMemory(memory, offset, length);
        return CanReach(offset)
            ? Start(NvmeOpcode.Read, from, first, NvmeRanges.CheckData(from, first, length), cancellation, direct: memory, offset: offset)
            : ReadAsync(from, first, memory.Memory.Slice((int)offset, length), cancellation);
    }

    /// <summary>Writes blocks from ordinary memory. As <see cref="ReadAsync(NvmeNamespace, ulong, Memory{byte}, CancellationToken)"/>.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="source">Where from: any number of whole blocks, of any alignment. Not to be changed before the call has ended.</param>
    /// <param name="cancellation">Ends the wait at once; blocks may still be written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: a command failed, was lost to a reset, or the controller is gone. Which blocks are written is not known.</exception>
    /// <exception cref="VfioException">When awaited: the kernel refused the bounce memory, which is made with the first call.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled.</exception>
    public ValueTask WriteAsync(NvmeNamespace to, ulong first, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
        => Start(NvmeOpcode.Write, to, first, NvmeRanges.CheckData(to, first, source.Length), cancellation, source: source);

    /// <summary>Writes blocks from DMA memory without a copy. As <see cref="ReadAsync(NvmeNamespace, ulong, DmaBuffer, ulong, int, CancellationToken)"/>.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="memory">Where from; mapped for the device to read. Not to be disposed or changed before the call has ended.</param>
    /// <param name="offset">In the memory; any.</param>
    /// <param name="length">Bytes: any number of whole blocks.</param>
    /// <param name="cancellation">Submits no more commands.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, or not whole, or not in the memory.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: a command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled, and not all was written.</exception>
    public ValueTask WriteAsync(NvmeNamespace to, ulong first, DmaBuffer memory, ulong offset, int length, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(memory);
        NvmeRanges.CheckMemory(memory, offset, length);
        return CanReach(offset)
            ? Start(NvmeOpcode.Write, to, first, NvmeRanges.CheckData(to, first, length), cancellation, direct: memory, offset: offset)
            : WriteAsync(to, first, memory.Memory.Slice((int)offset, length), cancellation);
    }

    /// <summary>Makes blocks read as zeros (Write Zeroes; <see cref="NvmeOptions.WriteZeroes"/>).</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">The first block.</param>
    /// <param name="blocks">How many.</param>
    /// <param name="cancellation">Ends the wait at once; blocks may still be written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: a command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled.</exception>
    public ValueTask WriteZeroesAsync(NvmeNamespace to, ulong first, ulong blocks, CancellationToken cancellation = default)
    {
        NvmeRanges.Check(to, first, blocks);
        return Start(NvmeOpcode.WriteZeroes, to, first, blocks, cancellation);
    }

    /// <summary>Flushes: what was written before, and awaited, is kept whatever happens.</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="cancellation">Ends the wait at once.</param>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: the command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled.</exception>
    public ValueTask FlushAsync(NvmeNamespace of, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(of);
        return Start(NvmeOpcode.Flush, of, 0, 1, cancellation);
    }

    /// <summary>Gives blocks back (Dataset Management, Deallocate; <see cref="NvmeOptions.DatasetManagement"/>).</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="ranges">Which, 1 to 256 ranges. Not to be changed before the call has ended.</param>
    /// <param name="cancellation">Ends the wait at once; blocks may still be given back.</param>
    /// <exception cref="ArgumentOutOfRangeException">A range is not in the namespace, or there are none or too many.</exception>
    /// <exception cref="ObjectDisposedException">The queue or the controller is disposed.</exception>
    /// <exception cref="NvmeException">When awaited: the command failed, was lost to a reset, or the controller is gone.</exception>
    /// <exception cref="OperationCanceledException">When awaited: <paramref name="cancellation"/> was cancelled.</exception>
    public ValueTask DeallocateAsync(NvmeNamespace of, ReadOnlyMemory<NvmeBlockRange> ranges, CancellationToken cancellation = default)
    {
        NvmeRanges.CheckRanges(of, ranges.Span);
        return Start(NvmeOpcode.DatasetManagement, of, 0, 1, cancellation, ranges: ranges);
    }

    /// <summary>
    /// Deletes the queue (Delete I/O Submission Queue, Delete I/O Completion Queue) and frees its memory. Calls under way end with <see cref="ObjectDisposedException"/>. May be
    /// called again, and from any thread.
    /// </summary>
    public void Dispose()
    {
        StopPump();
        _controller.Delete(_pair, this);
        EndAll();
    }

    private bool CanReach(ulong offset) => offset % sizeof(uint) == 0 || (_ring.UsesSgls && _controller.SglSupport == 1);
}
