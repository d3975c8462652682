using System.Buffers.Binary;

namespace Vfio.Hardware.Models;

/// <summary>One scatter-gather descriptor (Base specification 1.4, 4.4).</summary>
internal readonly record struct NvmeSgl(ulong Address, uint Length, byte Identifier)
{
    public const int DescriptorSize = 16;
    public const byte DataBlock = 0x00;
    public const byte BitBucket = 0x10;
    public const byte Segment = 0x20;
    public const byte LastSegment = 0x30;

    public static NvmeSgl Parse(ReadOnlySpan<byte> descriptor)
        => new(BinaryPrimitives.ReadUInt64LittleEndian(descriptor), BinaryPrimitives.ReadUInt32LittleEndian(descriptor[8..]), descriptor[15]);
}
