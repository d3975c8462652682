using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>The SMART / Health Information log page, as far as this driver reads it. Counts that do not fit 64 bits are given as their largest value.</summary>
/// <param name="Warning">Critical Warning: one bit a reason; 0 for none.</param>
/// <param name="Temperature">Of the whole controller, in kelvin.</param>
/// <param name="SparePercent">Available spare.</param>
/// <param name="SpareThresholdPercent">Below this the controller warns.</param>
/// <param name="UsedPercent">Of its life; past 100 it goes on as long as it can.</param>
/// <param name="BytesRead">By the host, in whole thousands of 512 bytes.</param>
/// <param name="BytesWritten">By the host, likewise.</param>
/// <param name="ReadCommands">Completed.</param>
/// <param name="WriteCommands">Completed.</param>
/// <param name="PowerCycles">How often it was switched on.</param>
/// <param name="PowerOnHours">How long it has been on.</param>
/// <param name="UnsafeShutdowns">How often power went without a shutdown.</param>
/// <param name="MediaErrors">How often data could not be brought back.</param>
/// <param name="ErrorEntries">Entries of the error log since it was made.</param>
public sealed record NvmeHealth(
    byte Warning, int Temperature, int SparePercent, int SpareThresholdPercent, int UsedPercent, UInt128 BytesRead, UInt128 BytesWritten, ulong ReadCommands,
    ulong WriteCommands, ulong PowerCycles, ulong PowerOnHours, ulong UnsafeShutdowns, ulong MediaErrors, ulong ErrorEntries)
{
    /// <summary>Bytes of the log page.</summary>
    internal const int Size = 512;

    internal static NvmeHealth Parse(ReadOnlySpan<byte> page)
    {
        const uint Unit = 512 * 1000;
        return new(
            page[0], BinaryPrimitives.ReadUInt16LittleEndian(page[1..]), page[3], page[4], page[5],
            (UInt128)Count(page[32..]) * Unit, (UInt128)Count(page[48..]) * Unit, Count(page[64..]), Count(page[80..]),
            Count(page[112..]), Count(page[128..]), Count(page[144..]), Count(page[160..]), Count(page[176..]));
    }

    private static ulong Count(ReadOnlySpan<byte> field)
        => BinaryPrimitives.ReadUInt64LittleEndian(field[8..]) != 0 ? ulong.MaxValue : BinaryPrimitives.ReadUInt64LittleEndian(field);
}
