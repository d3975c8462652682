using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>A namespace's size: the parts of the Identify Namespace data structure that this driver reads.</summary>
/// <param name="Id">NSID.</param>
/// <param name="Blocks">NSZE: logical blocks.</param>
/// <param name="BlockSize">Bytes in a logical block, or 0 when the format is one this driver does not handle: out of range, or with metadata between the data.</param>
public sealed record NvmeNamespace(uint Id, ulong Blocks, int BlockSize)
{
    internal static NvmeNamespace Parse(uint id, ReadOnlySpan<byte> data)
    {
        // With metadata in the data (FLBAS bit 4) a block takes more memory than its size says.
        ReadOnlySpan<byte> format = data.Slice(128 + (4 * FormatIndex(data)), 4);
        bool isLonger = (data[26] & 0x10) != 0 && BinaryPrimitives.ReadUInt16LittleEndian(format) != 0;
        return new(id, BinaryPrimitives.ReadUInt64LittleEndian(data), isLonger ? 0 : BytesOf(format[2]));
    }

    /// <summary>FLBAS: the format's index in bits 3:0 and 6:5.</summary>
    internal static int FormatIndex(ReadOnlySpan<byte> data) => (data[26] & 0xf) | ((data[26] >> 1) & 0x30);

    /// <summary>LBADS: log2 of the block size, at least 9.</summary>
    internal static int BytesOf(byte shift) => shift is >= 9 and < 31 ? 1 << shift : 0;
}
