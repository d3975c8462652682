using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>Whether blocks lie in a namespace, and data in memory; and lists of ranges as Dataset Management takes them.</summary>
internal static class NvmeRanges
{
    /// <summary>NLB, which counts from 0 in 16 bits.</summary>
    public const int MostBlocks = 1 << 16;

    private const int MostRanges = 256;
    private const int RangeSize = 16;

    /// <summary>Blocks of one command.</summary>
    public static void CheckCommand(NvmeNamespace of, ulong first, int blocks)
    {
        if (blocks is < 1 or > MostBlocks)
        {
            throw new ArgumentOutOfRangeException(nameof(blocks), blocks, $"A command is for 1 to {MostBlocks} blocks.");
        }

        Check(of, first, (ulong)blocks);
    }

    /// <summary>Blocks of any number of commands.</summary>
    public static void Check(NvmeNamespace of, ulong first, ulong blocks)
    {
        ArgumentNullException.ThrowIfNull(of);
        if (first > of.Blocks || blocks > of.Blocks - first)
        {
            throw new ArgumentOutOfRangeException(nameof(first), first, $"{blocks} blocks from {first} are not in a namespace of {of.Blocks}.");
        }

        if (of.BlockSize == 0)
        {
            throw new NvmeException($"Namespace {of.Id} is formatted with blocks that this driver does not handle");
        }
    }

    /// <summary>Data of a transfer, and the blocks it is for.</summary>
    /// <returns>How many blocks.</returns>
    public static ulong CheckData(NvmeNamespace of, ulong first, long bytes)
    {
        Check(of, first, 0);
        if (bytes < 0 || bytes % of.BlockSize != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(bytes), bytes, $"Data is moved in whole blocks of {of.BlockSize} bytes.");
        }

        ulong blocks = (ulong)bytes / (ulong)of.BlockSize;
        Check(of, first, blocks);
        return blocks;
    }

    /// <summary>How many blocks one command moves that moves so many bytes.</summary>
    public static ulong MostBlocksOf(NvmeNamespace of, int bytes)
        => of.BlockSize <= bytes ? Math.Min((ulong)(bytes / Math.Max(1, of.BlockSize)), MostBlocks)
        : throw new NvmeException($"Namespace {of.Id} has blocks of {of.BlockSize} bytes, more than a command of this queue moves ({bytes}): make a queue of less depth");

    /// <summary>Where data lies.</summary>
    public static void CheckMemory(DmaBuffer memory, ulong offset, long bytes)
    {
        if (offset > memory.Length || bytes < 0 || (ulong)bytes > memory.Length - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{bytes} bytes from there do not lie in the {memory.Length} bytes of memory.");
        }
    }

    /// <summary>Ranges of one Dataset Management.</summary>
    public static void CheckRanges(NvmeNamespace of, ReadOnlySpan<NvmeBlockRange> ranges)
    {
        if (ranges.Length is < 1 or > MostRanges)
        {
            throw new ArgumentOutOfRangeException(nameof(ranges), ranges.Length, $"A command takes 1 to {MostRanges} ranges.");
        }

        foreach (NvmeBlockRange range in ranges)
        {
            Check(of, range.First, range.Blocks);
        }
    }

    /// <summary>Base specification 1.4, 6.7: context attributes, length, first block.</summary>
    /// <param name="of">The namespace.</param>
    /// <param name="ranges">Checked ones.</param>
    /// <param name="list">Where they are written: a page.</param>
    /// <param name="iova">Where the device finds it.</param>
    public static NvmeCommand Deallocate(NvmeNamespace of, ReadOnlySpan<NvmeBlockRange> ranges, Span<byte> list, ulong iova)
    {
        const uint AttributeDeallocate = 4;
        for (int i = 0; i < ranges.Length; i++)
        {
            Span<byte> range = list.Slice(i * RangeSize, RangeSize);
            range.Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(range[4..], ranges[i].Blocks);
            BinaryPrimitives.WriteUInt64LittleEndian(range[8..], ranges[i].First);
        }

        return new NvmeCommand
        {
            Opcode = NvmeOpcode.DatasetManagement,
            Namespace = of.Id,
            Data = iova,
            Length = ranges.Length * RangeSize,
            Dword10 = (uint)ranges.Length - 1,
            Dword11 = AttributeDeallocate,
        };
    }
}
