using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>A namespace's size: the parts of the Identify Namespace data structure that this driver reads.</summary>
/// <param name="Id">NSID.</param>
/// <param name="Blocks">NSZE: logical blocks.</param>
/// <param name="BlockSize">Bytes in a logical block, or 0 when the controller's format is out of range.</param>
public sealed record NvmeNamespace(uint Id, ulong Blocks, int BlockSize)
{
    internal static NvmeNamespace Parse(uint id, ReadOnlySpan<byte> data)
        => new(id, BinaryPrimitives.ReadUInt64LittleEndian(data), BytesOf(data[128 + (4 * FormatIndex(data)) + 2]));

    /// <summary>FLBAS: the format's index in bits 3:0 and 6:5.</summary>
    internal static int FormatIndex(ReadOnlySpan<byte> data) => (data[26] & 0xf) | ((data[26] >> 1) & 0x30);

    /// <summary>LBADS: log2 of the block size, at least 9.</summary>
    internal static int BytesOf(byte shift) => shift is >= 9 and < 31 ? 1 << shift : 0;
}
