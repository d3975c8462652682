using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Vfio.Hardware.Models;

/// <content>What the controller says of itself and of its namespace (Base specification 1.4, 5.15).</content>
public sealed partial class NvmeModel
{
    private readonly byte[] _page = new byte[PageSize];

    private ushort Identify(in NvmeSubmission command)
    {
        const uint Namespace = 0;
        const uint Controller = 1;
        const uint ActiveNamespaces = 2;
        const uint NamespaceDescriptors = 3;
        Span<byte> page = _page;
        page.Clear();
        switch (command.Dword(10) & 0xff)
        {
            case Namespace when command.Namespace == TheNamespace:
                DescribeNamespace(page);
                break;
            case Namespace:
                // A valid id without a namespace would be zeros: there is one id. What all have in common is told where namespaces are managed.
                return NvmeStatus.InvalidNamespace;
            case Controller:
                DescribeController(page);
                break;
            case ActiveNamespaces:
                if (command.Namespace >= AllNamespaces - 1)
                {
                    return NvmeStatus.InvalidNamespace;
                }

                BinaryPrimitives.WriteUInt32LittleEndian(page, command.Namespace < TheNamespace ? TheNamespace : 0);
                break;
            case NamespaceDescriptors:
                if (command.Namespace != TheNamespace)
                {
                    return NvmeStatus.InvalidNamespace;
                }

                // Type 1: an EUI-64.
                page[0] = 1;
                page[1] = 8;
                WriteIdentifier(page[4..]);
                break;
            default:
                return NvmeStatus.InvalidField;
        }

        return CopyToHost(command, page);
    }

    private void DescribeNamespace(Span<byte> page)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page, _blocks);
        BinaryPrimitives.WriteUInt64LittleEndian(page[8..], _blocks);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], _blocks);

        // DLFEAT: what is deallocated reads as zeros, and Write Zeroes may deallocate.
        page[33] = 0x09;
        WriteIdentifier(page[120..]);
        page[128 + 2] = (byte)_blockShift;
    }

    private void DescribeController(Span<byte> page)
    {
        const byte DoorbellBuffers = 1;
        const int SerialNumber = 4;
        const int Model = 24;
        const int Firmware = 64;
        BinaryPrimitives.WriteUInt16LittleEndian(page, Config.Get16(Pci.PciRegisters.VendorId));
        BinaryPrimitives.WriteUInt16LittleEndian(page[2..], Config.Get16(Pci.PciRegisters.SubsystemVendorId));
        WriteText(page.Slice(SerialNumber, 20), SerialText);
        WriteText(page.Slice(Model, 40), "vfio-dotnet NVMe");
        WriteText(page.Slice(Firmware, 8), "1.0");
        page[72] = 6;
        page[77] = (byte)TransferShift;

        // CNTLTYPE: for I/O.
        page[111] = 1;
        BinaryPrimitives.WriteUInt32LittleEndian(page[80..], Version);
        page[256 + 1] = DoorbellBuffers;
        page[258] = 3;
        page[259] = MostEventRequests - 1;

        // One firmware slot, which cannot be written; one entry of the error log; log pages of any length and from any offset.
        page[260] = 0x03;
        page[261] = 0x04;
        page[262] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(page[266..], WarningTemperature);
        BinaryPrimitives.WriteUInt16LittleEndian(page[268..], CriticalTemperature);
        page[512] = 0x66;
        page[513] = 0x44;
        BinaryPrimitives.WriteUInt32LittleEndian(page[516..], TheNamespace);

        // Dataset Management, Write Zeroes, and Save and Select of features.
        BinaryPrimitives.WriteUInt16LittleEndian(page[520..], 0x1c);
        page[525] = 0x01;

        // SGLs without a rule of alignment, bit buckets.
        BinaryPrimitives.WriteUInt32LittleEndian(page[536..], 0x1_0001);
        Encoding.ASCII.GetBytes($"nqn.2026-11.dotnet.vfio:nvme:{SerialText}", page[768..]);
        BinaryPrimitives.WriteUInt16LittleEndian(page[2048..], 0x09c4);
    }

    private string SerialText => string.Create(CultureInfo.InvariantCulture, $"vfio-{Location.Segment:x4}{Location.Bus:x2}{Location.Device:x2}{Location.Function}");

    private void WriteIdentifier(Span<byte> identifier)
        => BinaryPrimitives.WriteUInt64BigEndian(identifier, 0x5254_0000_0000_0000 | ((ulong)Location.Segment << 24) | ((ulong)Location.Bus << 16)
            | ((ulong)Location.Device << 3) | (uint)Location.Function);

    private static void WriteText(Span<byte> field, string text)
    {
        field.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, field);
    }
}
