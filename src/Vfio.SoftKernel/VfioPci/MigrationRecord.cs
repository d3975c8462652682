using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// One state in a migration stream: a header of eight bytes, which names the kind of function and the length, and the state. Of several
/// the last one counts.
/// </summary>
internal static class MigrationRecord
{
    /// <summary>Vendor, device, and the bytes that follow.</summary>
    public const int HeaderSize = 8;

    /// <summary>Writes a header.</summary>
    public static void WriteHeader(Span<byte> destination, PciModel model, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, model.Config.Get16(PciRegisters.VendorId));
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], model.Config.Get16(PciRegisters.DeviceId));
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], length);
    }

    /// <summary>Is this the header of a state for <paramref name="model"/>?</summary>
    public static bool IsFor(ReadOnlySpan<byte> header, PciModel model, int length)
    {
        Span<byte> own = stackalloc byte[HeaderSize];
        WriteHeader(own, model, length);
        return header.SequenceEqual(own);
    }
}
