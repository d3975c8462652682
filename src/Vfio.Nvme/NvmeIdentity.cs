using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>What a controller says of itself: the parts of the Identify Controller data structure that this driver reads.</summary>
/// <param name="VendorId">PCI vendor (VID).</param>
/// <param name="SerialNumber">SN, without its padding; bytes that are not printable ASCII appear as '?'.</param>
/// <param name="Model">MN, likewise.</param>
/// <param name="Firmware">FR, likewise.</param>
/// <param name="ControllerId">CNTLID.</param>
/// <param name="Version">VER as major.minor.tertiary; 0.0.0 before NVMe 1.2.</param>
/// <param name="NamespaceCount">NN: the largest namespace id that may exist.</param>
/// <param name="MaximumTransferShift">MDTS: log2 of the most that one command moves, in memory pages of the smallest size; 0 for no limit.</param>
public sealed record NvmeIdentity(
    ushort VendorId, string SerialNumber, string Model, string Firmware, ushort ControllerId, Version Version, uint NamespaceCount, int MaximumTransferShift)
{
    /// <summary>TNVMCAP: bytes of the medium; 0 where the controller does not say.</summary>
    public UInt128 Capacity { get; init; }

    /// <summary>WCTEMP: from here on the controller runs hotter than it should, in kelvin; 0 where it does not say.</summary>
    public int WarningTemperature { get; init; }

    /// <summary>CCTEMP: from here on it may stop or lose data, in kelvin; 0 where it does not say.</summary>
    public int CriticalTemperature { get; init; }

    /// <summary>ONCS: commands and features that a controller may lack.</summary>
    public NvmeOptions Options { get; init; }

    /// <summary>SGLS bits 1:0: 0 for no SGLs, 1 for SGLs of any alignment, 2 where address and length are multiples of 4.</summary>
    public int SglSupport { get; init; }

    /// <summary>ELPE: entries that the error log keeps.</summary>
    public int ErrorLogEntries { get; init; }

    /// <summary>Bytes of the data structure.</summary>
    internal const int Size = 4096;

    internal static NvmeIdentity Parse(ReadOnlySpan<byte> data)
    {
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(data[80..]);
        return new(
            BinaryPrimitives.ReadUInt16LittleEndian(data),
            Text(data[4..24]),
            Text(data[24..64]),
            Text(data[64..72]),
            BinaryPrimitives.ReadUInt16LittleEndian(data[78..]),
            new((int)(version >> 16), (int)((version >> 8) & 0xff), (int)(version & 0xff)),
            BinaryPrimitives.ReadUInt32LittleEndian(data[516..]),
            data[77])
        {
            Capacity = BinaryPrimitives.ReadUInt128LittleEndian(data[280..]),
            WarningTemperature = BinaryPrimitives.ReadUInt16LittleEndian(data[266..]),
            CriticalTemperature = BinaryPrimitives.ReadUInt16LittleEndian(data[268..]),
            Options = (NvmeOptions)BinaryPrimitives.ReadUInt16LittleEndian(data[520..]),
            SglSupport = data[536] & 3,
            ErrorLogEntries = data[262] + 1,
        };
    }

    /// <summary>The device's bytes end up on a terminal: nothing but printable ASCII passes.</summary>
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            text[i] = bytes[i] == 0 ? ' ' : bytes[i] is >= 0x20 and < 0x7f ? (char)bytes[i] : '?';
        }

        return text.Trim().ToString();
    }
}
