using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>An entry of the controller's error log (Get Log Page, Error Information).</summary>
/// <param name="Number">Counts errors over the controller's life, from 1.</param>
/// <param name="Queue">SQID: the submission queue of the command; 65,535 where the error is none's.</param>
/// <param name="CommandId">CID: what the controller knew the command by, its tag in the low bits; 65,535 where the error is none's.</param>
/// <param name="Status">The command's status field: code in bits 7:0, type in bits 10:8.</param>
/// <param name="Block">The first block that the error is of.</param>
/// <param name="Namespace">NSID.</param>
public sealed record NvmeErrorEntry(ulong Number, int Queue, int CommandId, int Status, ulong Block, uint Namespace)
{
    /// <summary>Bytes of an entry.</summary>
    internal const int Size = 64;

    /// <summary>Entries up to the first that holds none.</summary>
    internal static IReadOnlyList<NvmeErrorEntry> ParseAll(ReadOnlySpan<byte> page)
    {
        List<NvmeErrorEntry> entries = [];
        for (; page.Length >= Size && BinaryPrimitives.ReadUInt64LittleEndian(page) is not 0 and ulong number; page = page[Size..])
        {
            entries.Add(new(
                number,
                BinaryPrimitives.ReadUInt16LittleEndian(page[8..]),
                BinaryPrimitives.ReadUInt16LittleEndian(page[10..]),
                (BinaryPrimitives.ReadUInt16LittleEndian(page[12..]) >> 1) & 0x7ff,
                BinaryPrimitives.ReadUInt64LittleEndian(page[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(page[24..])));
        }

        return entries;
    }
}
