using System.Buffers.Binary;

namespace Vfio.Hardware.Models;

/// <summary>A submission queue entry: 64 bytes as the host wrote them.</summary>
internal readonly ref struct NvmeSubmission(ReadOnlySpan<byte> entry)
{
    public const int Size = 64;

    private readonly ReadOnlySpan<byte> _entry = entry;

    public byte Opcode => _entry[0];

    public ushort Id => BinaryPrimitives.ReadUInt16LittleEndian(_entry[2..]);

    public uint Namespace => Dword(1);

    /// <summary>FUSE: one half of a fused pair, which this controller has none of.</summary>
    public bool IsFused => (_entry[1] & 3) != 0;

    /// <summary>PSDT: the data pointer is an SGL.</summary>
    public bool UsesSgl => (_entry[1] & 0xc0) is 0x40 or 0x80;

    /// <summary>PSDT has its reserved value.</summary>
    public bool HasBadPointerKind => (_entry[1] & 0xc0) == 0xc0;

    public ulong Prp1 => BinaryPrimitives.ReadUInt64LittleEndian(_entry[24..]);

    public ulong Prp2 => BinaryPrimitives.ReadUInt64LittleEndian(_entry[32..]);

    /// <summary>SGL1: the one descriptor that stands in the command itself.</summary>
    public ReadOnlySpan<byte> FirstDescriptor => _entry.Slice(24, NvmeSgl.DescriptorSize);

    /// <summary>SLBA.</summary>
    public ulong FirstBlock => BinaryPrimitives.ReadUInt64LittleEndian(_entry[40..]);

    /// <summary>NLB, of which 0 is one.</summary>
    public uint Blocks => (Dword(12) & 0xffff) + 1;

    public uint Dword(int index) => BinaryPrimitives.ReadUInt32LittleEndian(_entry[(index * 4)..]);
}
