using System.Runtime.CompilerServices;

namespace Vfio.Nvme;

/// <summary>
/// A pair of I/O queues for one thread. Commands move whole blocks between a namespace and memory. Two ways: submit (<see cref="TryRead"/>...), announce together by
/// <see cref="Ring"/>, <see cref="Poll"/> for what became of them, without a copy and without waiting; or <see cref="Read(NvmeNamespace, ulong, Span{byte}, CancellationToken)"/> and its like, which
/// return when it is done. Neither allocates.
/// </summary>
/// <remarks>
/// <para>Memory given to a command is the controller's until its completion was taken. Every command ends once: answered, or lost to a reset (<see cref="NvmeCompletion.WasLost"/>).
/// After a reset the queue is made again by the first submission once all that were under way are taken; until then nothing can be submitted.</para>
/// <para>It is <see cref="Poll"/> that looks at the clock, now and then: it, and a submission after a reset, can wait for the controller. Who sleeps on <see cref="Vector"/> instead
/// gives the wait an end, and polls.</para>
/// <para>Disposing deletes the queue; commands under way are never answered. So does disposing the controller.</para>
/// </remarks>
public sealed partial class NvmeQueue : IDisposable
{
    private readonly NvmeController _controller;
    private readonly NvmeQueuePair _pair;
    private readonly NvmeRing _ring;

    internal NvmeQueue(NvmeController controller, NvmeQueuePair pair)
    {
        _controller = controller;
        _pair = pair;
        _ring = pair.Ring;
        _parts = new Part[pair.Ring.Depth];
    }

    /// <summary>QID, from 1.</summary>
    public int Id => _pair.Id;

    /// <summary>How many commands can be under way.</summary>
    public int Depth => _ring.Depth;

    /// <summary>How many are.</summary>
    public int UnderWay => _ring.UnderWay;

    /// <summary>The most bytes of one command: what the controller allows (MDTS), and the lists of this queue hold.</summary>
    public int MaximumTransfer => _pair.MostBytes;

    /// <summary>Fires when completions were posted; null where the queue was made to be polled.</summary>
    public InterruptVector? Vector => _pair.Vector;

    /// <summary>
    /// Data that takes a list of pages is named by an SGL instead, where the controller offers them: true from the start there. With them and without a rule of alignment, an offset in memory
    /// need not be a multiple of 4.
    /// </summary>
    /// <exception cref="InvalidOperationException">The controller offers none.</exception>
    public bool UsesSgls
    {
        get => _ring.UsesSgls;
        set => _ring.UsesSgls = !value || _controller.SglSupport != 0 ? value : throw new InvalidOperationException("The controller offers no SGLs.");
    }

    /// <summary>Submits a Read.</summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1.</param>
    /// <param name="memory">Where to; mapped for the device to write.</param>
    /// <param name="offset">In the memory, a multiple of 4 (<see cref="UsesSgls"/>).</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>False when <see cref="Depth"/> commands are under way, or the controller was reset and some were not taken yet: nothing was submitted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, not in the memory, or more than one command moves.</exception>
    /// <exception cref="NvmeException">The controller is gone, or did not come back from a reset.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(NvmeNamespace from, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
        => TrySubmit(NvmeOpcode.Read, from, first, blocks, memory, offset, out tag);

    /// <summary>Submits a Write. As <see cref="TryRead"/>; the memory is mapped for the device to read.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1.</param>
    /// <param name="memory">Where from.</param>
    /// <param name="offset">In the memory, a multiple of 4 (<see cref="UsesSgls"/>).</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>As <see cref="TryRead"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, not in the memory, or more than one command moves.</exception>
    /// <exception cref="NvmeException">The controller is gone, or did not come back from a reset.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryWrite(NvmeNamespace to, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
        => TrySubmit(NvmeOpcode.Write, to, first, blocks, memory, offset, out tag);

    /// <summary>Submits a Write Zeroes: the blocks read as zeros once it is done.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1 to 65,536.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>As <see cref="TryRead"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace.</exception>
    /// <exception cref="NvmeException">The controller is gone, or did not come back from a reset.</exception>
    public bool TryWriteZeroes(NvmeNamespace to, ulong first, int blocks, out ushort tag)
    {
        NvmeRanges.CheckCommand(to, first, blocks);
        return TrySubmit(NvmeCommand.OnBlocks(NvmeOpcode.WriteZeroes, to.Id, first, blocks), out tag);
    }

    /// <summary>Submits a Flush: what was written and completed before it is kept whatever happens.</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>As <see cref="TryRead"/>.</returns>
    /// <exception cref="NvmeException">The controller is gone, or did not come back from a reset.</exception>
    public bool TryFlush(NvmeNamespace of, out ushort tag)
    {
        ArgumentNullException.ThrowIfNull(of);
        return TrySubmit(new NvmeCommand { Opcode = NvmeOpcode.Flush, Namespace = of.Id }, out tag);
    }

    /// <summary>Submits a Dataset Management that gives blocks back (Deallocate): the controller may, and what they read as then is its own affair.</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="ranges">Which, 1 to 256 ranges.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>As <see cref="TryRead"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A range is not in the namespace, or there are none or too many.</exception>
    /// <exception cref="NvmeException">The controller is gone, or did not come back from a reset.</exception>
    public bool TryDeallocate(NvmeNamespace of, ReadOnlySpan<NvmeBlockRange> ranges, out ushort tag)
    {
        NvmeRanges.CheckRanges(of, ranges);
        if (!_pair.TryBeReady() || !_ring.TryTake(out tag))
        {
            tag = 0;
            return false;
        }

        _ring.Put(NvmeRanges.Deallocate(of, ranges, _ring.ListOf(tag, out ulong iova), iova), tag);
        return true;
    }

    /// <summary>
    /// Tells the controller of what was submitted since the last time, and of what was taken where nothing waits for <see cref="Vector"/>: one register write each, whatever it was.
    /// </summary>
    public void Ring() => _pair.Announce();

    /// <summary>Takes completions, as many as there are and as fit. Now and then looks for commands that are late, and has them aborted.</summary>
    /// <param name="completions">Receives them.</param>
    /// <returns>How many.</returns>
    /// <exception cref="NvmeException">The controller completed a command that is not under way.</exception>
    public int Poll(Span<NvmeCompletion> completions) => _pair.Poll(completions);

    /// <summary>Deletes the queue (Delete I/O Submission Queue, Delete I/O Completion Queue) and frees its memory. May be called again.</summary>
    public void Dispose() => _controller.Delete(_pair, this);

    private bool TrySubmit(byte opcode, NvmeNamespace of, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(memory);
        long bytes = (long)blocks * of.BlockSize;

        // One branch for what is so seldom: with one for each, half of a command's branches stood here.
        bool isRefused = ((uint)(blocks - 1) >= NvmeRanges.MostBlocks) | (first > of.Blocks) | ((ulong)blocks > of.Blocks - first) | ((ulong)(bytes - 1) >= (ulong)_pair.MostBytes)
            | (offset > memory.Length) | ((ulong)bytes > memory.Length - offset);
        if ((isRefused | (offset % sizeof(uint) != 0) | _pair.IsStale) && !MaySubmit(isRefused, of, first, blocks, memory, offset, bytes))
        {
            tag = 0;
            return false;
        }

        return _ring.TrySubmitBlocks(opcode, of.Id, first, blocks, memory.Iova + offset, (int)bytes, out tag);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MaySubmit(bool isRefused, NvmeNamespace of, ulong first, int blocks, DmaBuffer memory, ulong offset, long bytes)
        => isRefused || (offset % sizeof(uint) != 0 && !IsAnyAlignmentTaken) ? throw Refusal(of, first, blocks, memory, offset, bytes) : _pair.TryBeReady();

    private ArgumentOutOfRangeException Refusal(NvmeNamespace of, ulong first, int blocks, DmaBuffer memory, ulong offset, long bytes)
    {
        NvmeRanges.CheckCommand(of, first, blocks);
        if (bytes > _pair.MostBytes)
        {
            return new ArgumentOutOfRangeException(nameof(blocks), blocks, $"One command moves {_pair.MostBytes} bytes at most.");
        }

        NvmeRanges.CheckMemory(memory, offset, bytes);
        return new ArgumentOutOfRangeException(nameof(offset), offset, "Without SGLs, data begins at a multiple of 4.");
    }

    private bool IsAnyAlignmentTaken => _ring.UsesSgls && _controller.SglSupport == 1;

    private bool TrySubmit(in NvmeCommand command, out ushort tag)
    {
        if (_pair.TryBeReady())
        {
            return _ring.TrySubmit(command, out tag);
        }

        tag = 0;
        return false;
    }
}
