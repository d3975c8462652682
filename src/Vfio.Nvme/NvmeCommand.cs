using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>An admin command: the fields of a 64-byte submission queue entry that admin commands of this driver use.</summary>
/// <param name="Name">What to call it in a message.</param>
/// <param name="Opcode">CDW0.OPC.</param>
/// <param name="Namespace">NSID.</param>
/// <param name="Data">PRP1: the IOVA of one page-aligned page for the answer.</param>
/// <param name="Dword10">CDW10.</param>
internal readonly record struct NvmeCommand(string Name, byte Opcode, uint Namespace, ulong Data, uint Dword10)
{
    public const int Size = 64;
    private const byte IdentifyOpcode = 0x06;

    /// <summary>Identify Namespace.</summary>
    public const byte CnsNamespace = 0x00;

    /// <summary>Identify Controller.</summary>
    public const byte CnsController = 0x01;

    /// <summary>The active namespaces above a given id, at most 1024.</summary>
    public const byte CnsActiveNamespaces = 0x02;

    public static NvmeCommand Identify(string name, byte cns, uint @namespace, ulong data) => new(name, IdentifyOpcode, @namespace, data, cns);

    public void Write(Span<byte> entry, ushort id)
    {
        entry[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Opcode | ((uint)id << 16));
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], Namespace);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], Data);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[40..], Dword10);
    }
}
