namespace Vfio.Nvme;

/// <summary>
/// A pair of I/O queues. Commands move whole blocks between a namespace and DMA memory, without a copy; they are submitted, announced together by <see cref="Ring"/> and answered
/// in any order. For one thread at a time; nothing here allocates, and no call waits.
/// </summary>
/// <remarks>Memory given to a command is the controller's until its completion was taken. Disposing the controller ends its queues: the commands under way are never answered.</remarks>
public sealed class NvmeQueue
{
    private readonly NvmeRing _ring;
    private readonly DmaBuffer _memory;
    private readonly int _mostBytes;

    internal NvmeQueue(int id, NvmeRing ring, DmaBuffer memory, int mostBytes, InterruptVector? vector)
    {
        Id = id;
        _ring = ring;
        _memory = memory;
        _mostBytes = mostBytes;
        Vector = vector;
    }

    /// <summary>QID, from 1.</summary>
    public int Id { get; }

    /// <summary>How many commands can be under way.</summary>
    public int Depth => _ring.Depth;

    /// <summary>How many are.</summary>
    public int UnderWay => _ring.UnderWay;

    /// <summary>The most bytes of one command.</summary>
    public int MaximumTransfer => _mostBytes;

    /// <summary>Fires when completions were posted; null where the queue was made to be polled.</summary>
    public InterruptVector? Vector { get; }

    /// <summary>Submits a Read.</summary>
    /// <param name="from">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1.</param>
    /// <param name="memory">Where to; mapped for the device to write.</param>
    /// <param name="offset">In the memory, a multiple of 4.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>False when <see cref="Depth"/> commands are under way: nothing was submitted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, not in the memory, or more than one command moves.</exception>
    public bool TryRead(NvmeNamespace from, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
        => TrySubmit(NvmeOpcode.Read, from, first, blocks, memory, offset, out tag);

    /// <summary>Submits a Write. As <see cref="TryRead"/>; the memory is mapped for the device to read.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1.</param>
    /// <param name="memory">Where from.</param>
    /// <param name="offset">In the memory, a multiple of 4.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>False when <see cref="Depth"/> commands are under way: nothing was submitted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace, not in the memory, or more than one command moves.</exception>
    public bool TryWrite(NvmeNamespace to, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
        => TrySubmit(NvmeOpcode.Write, to, first, blocks, memory, offset, out tag);

    /// <summary>Submits a Write Zeroes: the blocks read as zeros once it is done.</summary>
    /// <param name="to">The namespace.</param>
    /// <param name="first">SLBA: the first block.</param>
    /// <param name="blocks">How many, from 1 to 65,536.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>False when <see cref="Depth"/> commands are under way: nothing was submitted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The blocks are not in the namespace.</exception>
    public bool TryWriteZeroes(NvmeNamespace to, ulong first, int blocks, out ushort tag)
    {
        CheckBlocks(to, first, blocks);
        return _ring.TrySubmit(NvmeCommand.OnBlocks(NvmeOpcode.WriteZeroes, to.Id, first, blocks), out tag);
    }

    /// <summary>Submits a Flush: what was written and completed before it is kept whatever happens.</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="tag">Names it in its completion.</param>
    /// <returns>False when <see cref="Depth"/> commands are under way: nothing was submitted.</returns>
    public bool TryFlush(NvmeNamespace of, out ushort tag)
    {
        ArgumentNullException.ThrowIfNull(of);
        return _ring.TrySubmit(new NvmeCommand { Opcode = NvmeOpcode.Flush, Namespace = of.Id }, out tag);
    }

    /// <summary>Tells the controller of what was submitted since the last time: one register write, whatever was submitted.</summary>
    public void Ring() => _ring.Ring();

    /// <summary>Takes completions, as many as there are and as fit.</summary>
    /// <param name="completions">Receives them.</param>
    /// <returns>How many.</returns>
    /// <exception cref="NvmeException">The controller completed a command that is not under way.</exception>
    public int Poll(Span<NvmeCompletion> completions) => _ring.Poll(completions);

    internal void Free() => _memory.Dispose();

    private bool TrySubmit(byte opcode, NvmeNamespace of, ulong first, int blocks, DmaBuffer memory, ulong offset, out ushort tag)
    {
        ArgumentNullException.ThrowIfNull(memory);
        CheckBlocks(of, first, blocks);
        long bytes = (long)blocks * of.BlockSize;
        if (bytes > _mostBytes)
        {
            throw new ArgumentOutOfRangeException(nameof(blocks), blocks, $"One command moves {_mostBytes} bytes at most.");
        }

        if (offset % 4 != 0 || offset > memory.Length || (ulong)bytes > memory.Length - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{bytes} bytes from a multiple of 4 must lie in the {memory.Length} bytes of memory.");
        }

        return _ring.TrySubmit(NvmeCommand.OnBlocks(opcode, of.Id, first, blocks, memory.Iova + offset, (int)bytes), out tag);
    }

    private static void CheckBlocks(NvmeNamespace of, ulong first, int blocks)
    {
        const int Most = 1 << 16;
        ArgumentNullException.ThrowIfNull(of);
        if (blocks is < 1 or > Most || first >= of.Blocks || (ulong)blocks > of.Blocks - first)
        {
            throw new ArgumentOutOfRangeException(nameof(first), $"{blocks} blocks from {first} are not in a namespace of {of.Blocks}, or not 1 to {Most}.");
        }
    }
}
