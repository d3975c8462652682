using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Vfio;

/// <summary>A PCI function's address, as sysfs names it: 0000:01:00.0.</summary>
/// <param name="Domain">The PCI domain (segment); Linux makes more than 16 bits of it for some bridges.</param>
/// <param name="Bus">The bus, 0-255.</param>
/// <param name="Device">The device, 0-31.</param>
/// <param name="Function">The function, 0-7.</param>
public readonly record struct PciAddress(uint Domain, byte Bus, byte Device, byte Function)
    : ISpanParsable<PciAddress>, IComparable<PciAddress>
{
    /// <summary>Reads "0000:01:00.0" or "01:00.0" (domain 0), hexadecimal.</summary>
    /// <exception cref="FormatException">It is no such address.</exception>
    public static PciAddress Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return Parse(s.AsSpan(), provider);
    }

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static PciAddress Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null)
        => TryParse(s, provider, out PciAddress address)
            ? address
            : throw new FormatException($"'{s}' is not a PCI address: expected domain:bus:device.function in hexadecimal, as 0000:01:00.0 or 01:00.0.");

    /// <summary>As Parse, false instead of an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out PciAddress result)
        => TryParse(s.AsSpan(), provider, out result);

    /// <summary>As Parse, false instead of an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, out PciAddress result) => TryParse(s.AsSpan(), null, out result);

    /// <summary>As Parse, false instead of an exception.</summary>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out PciAddress result)
    {
        result = default;
        int dot = s.LastIndexOf('.');
        if (dot < 0 || !TryField(s[(dot + 1)..], 1, 7, out uint function))
        {
            return false;
        }

        ReadOnlySpan<char> rest = s[..dot];
        int colon = rest.LastIndexOf(':');
        if (colon < 0 || !TryField(rest[(colon + 1)..], 2, 31, out uint device))
        {
            return false;
        }

        rest = rest[..colon];
        colon = rest.IndexOf(':');
        uint domain = 0;
        if (colon >= 0 && !TryField(rest[..colon], 8, uint.MaxValue, out domain))
        {
            return false;
        }

        if (!TryField(rest[(colon + 1)..], 2, 255, out uint bus))
        {
            return false;
        }

        result = new PciAddress(domain, (byte)bus, (byte)device, (byte)function);
        return true;
    }

    /// <summary>By domain, bus, device, function.</summary>
    public int CompareTo(PciAddress other)
        => (Domain, Bus, Device, Function).CompareTo((other.Domain, other.Bus, other.Device, other.Function));

    /// <summary>Whether <paramref name="left"/> comes before.</summary>
    public static bool operator <(PciAddress left, PciAddress right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> comes after.</summary>
    public static bool operator >(PciAddress left, PciAddress right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> comes before or is the same.</summary>
    public static bool operator <=(PciAddress left, PciAddress right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> comes after or is the same.</summary>
    public static bool operator >=(PciAddress left, PciAddress right) => left.CompareTo(right) >= 0;

    /// <summary>As sysfs names it: 0000:01:00.0.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Domain:x4}:{Bus:x2}:{Device:x2}.{Function:x}");

    private static bool TryField(ReadOnlySpan<char> text, int maximumLength, uint maximum, out uint value)
    {
        value = 0;
        return text.Length >= 1 && text.Length <= maximumLength
            && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            && value <= maximum;
    }
}
