using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>The fields of a 64-byte submission queue entry that this driver uses.</summary>
internal readonly record struct NvmeCommand
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 64;

    /// <summary>CDW0.OPC.</summary>
    public byte Opcode { get; init; }

    /// <summary>NSID.</summary>
    public uint Namespace { get; init; }

    /// <summary>The first byte of the data, as the device sees it: a multiple of 4.</summary>
    public ulong Data { get; init; }

    /// <summary>Bytes of data, which lie in one piece of the device's addresses; 0: none.</summary>
    public int Length { get; init; }

    /// <summary>CDW10.</summary>
    public uint Dword10 { get; init; }

    /// <summary>CDW11.</summary>
    public uint Dword11 { get; init; }

    /// <summary>CDW12.</summary>
    public uint Dword12 { get; init; }

    /// <summary>CDW13.</summary>
    public uint Dword13 { get; init; }

    /// <summary>A command on blocks: SLBA and NLB, which counts from 0.</summary>
    public static NvmeCommand OnBlocks(byte opcode, uint @namespace, ulong first, int blocks, ulong data = 0, int length = 0) => new()
    {
        Opcode = opcode,
        Namespace = @namespace,
        Data = data,
        Length = length,
        Dword10 = (uint)first,
        Dword11 = (uint)(first >> 32),
        Dword12 = (uint)(blocks - 1),
    };

    /// <summary>Writes all but the data pointer's pages.</summary>
    public void Write(Span<byte> entry, ushort id)
    {
        entry[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Opcode | ((uint)id << 16));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], Namespace);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], Data);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[40..], Dword10);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[44..], Dword11);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[48..], Dword12);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[52..], Dword13);
    }
}
