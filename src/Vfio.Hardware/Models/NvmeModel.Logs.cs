using System.Buffers.Binary;

namespace Vfio.Hardware.Models;

/// <content>Log pages (Base specification 1.4, 5.14).</content>
public sealed partial class NvmeModel
{
    private const ushort WarningTemperature = 343;
    private const ushort CriticalTemperature = 373;
    private const ushort Temperature = 313;

    private readonly long _since = System.Diagnostics.Stopwatch.GetTimestamp();

    private ushort GetLogPage(in NvmeSubmission command)
    {
        const byte ErrorInformation = 0x01;
        const byte Smart = 0x02;
        const byte FirmwareSlots = 0x03;
        const byte CommandEffects = 0x05;
        const int SmartSize = 512;
        const uint RetainEvent = 1u << 15;
        ulong length = ((((ulong)(command.Dword(11) & 0xffff) << 16) | (command.Dword(10) >> 16)) + 1) * 4;
        ulong offset = command.Dword(12) | ((ulong)command.Dword(13) << 32);
        Span<byte> page = _page;
        page.Clear();
        int size;
        switch ((byte)command.Dword(10))
        {
            case ErrorInformation:
                size = 64;
                break;
            case Smart:
                if (command.Namespace is not (0 or TheNamespace or AllNamespaces))
                {
                    return NvmeStatus.InvalidNamespace;
                }

                size = SmartSize;
                WriteSmart(page);
                _temperatureWasTold &= (command.Dword(10) & RetainEvent) != 0;
                break;
            case FirmwareSlots:
                size = 512;
                page[0] = 1;
                WriteText(page.Slice(8, 8), "1.0");
                break;
            case CommandEffects:
                size = 4096;
                WriteEffects(page);
                break;
            default:
                return NvmeStatus.InvalidLogPage;
        }

        if (offset > (ulong)size || offset % 4 != 0)
        {
            return NvmeStatus.InvalidField;
        }

        // Past its end a log page is zeros; nobody needs more of them than a page.
        Span<byte> answer = page[(int)offset..];
        return length > (ulong)answer.Length && length > MostTransfer ? NvmeStatus.InvalidField : CopyToHost(command, answer[..(int)Math.Min(length, (ulong)answer.Length)]);
    }

    private void WriteSmart(Span<byte> page)
    {
        const ulong Unit = 512 * 1000;
        page[0] = IsTemperatureWrong ? TemperatureWarning : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(page[1..], Temperature);
        page[3] = 100;
        page[4] = 10;
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], (_bytesRead + Unit - 1) / Unit);
        BinaryPrimitives.WriteUInt64LittleEndian(page[48..], (_bytesWritten + Unit - 1) / Unit);
        BinaryPrimitives.WriteUInt64LittleEndian(page[64..], _readCommands);
        BinaryPrimitives.WriteUInt64LittleEndian(page[80..], _writeCommands);
        BinaryPrimitives.WriteUInt64LittleEndian(page[112..], 1);
        BinaryPrimitives.WriteUInt64LittleEndian(page[128..], (ulong)System.Diagnostics.Stopwatch.GetElapsedTime(_since).TotalHours);
    }

    private static void WriteEffects(Span<byte> page)
    {
        const uint Supported = 1;
        const uint ChangesContent = 2;
        foreach (byte opcode in (ReadOnlySpan<byte>)[0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x08, 0x09, 0x0a, 0x0c, 0x7c])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(page[(opcode * 4)..], Supported);
        }

        foreach (byte opcode in (ReadOnlySpan<byte>)[0x00, 0x01, 0x02, 0x08, 0x09])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(page[(1024 + (opcode * 4))..], Supported | (opcode is 0x01 or 0x08 or 0x09 ? ChangesContent : 0));
        }
    }
}
