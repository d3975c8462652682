using System.Globalization;

namespace Vfio.Hardware.Pci;

/// <summary>Where a function stands: segment (PCI domain), bus, device (0-31) and function (0-7). Formats as sysfs names it, 0000:00:01.0.</summary>
public readonly record struct PciLocation(ushort Segment, byte Bus, byte Device, byte Function)
{
    /// <summary>Device and function as one byte, as the uAPI's devfn.</summary>
    public byte Devfn => (byte)((Device << 3) | Function);

    /// <summary>Reads "0000:00:01.0"; nothing shorter and nothing around it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PciLocation location)
    {
        location = default;
        if (text.Length != 12 || text[4] != ':' || text[7] != ':' || text[10] != '.'
            || !ushort.TryParse(text[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort segment)
            || !byte.TryParse(text[5..7], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte bus)
            || !byte.TryParse(text[8..10], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte device)
            || device > 31 || text[11] is < '0' or > '7')
        {
            return false;
        }

        location = new PciLocation(segment, bus, device, (byte)(text[11] - '0'));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Segment:x4}:{Bus:x2}:{Device:x2}.{Function}");
}
