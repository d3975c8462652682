using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>Numbers as the kernel reads them from what is written to its files. Linux: lib/kstrtox.c, lib/vsprintf.c.</summary>
internal static class WrittenNumber
{
    /// <summary>
    /// kstrtoull and the narrower ones with base 0: 0x is hexadecimal, any other leading 0 octal; a newline may follow. EINVAL for what is no number,
    /// ERANGE for one above <paramref name="most"/>.
    /// </summary>
    public static Errno Parse(string text, ulong most, out ulong value)
    {
        ReadOnlySpan<char> digits = UpToNull(text);
        return ParseUnsigned(digits.StartsWith("+") ? digits[1..] : digits, most, out value);
    }

    /// <summary>kstrtoint with base 0.</summary>
    public static Errno Parse(string text, out int value)
    {
        ReadOnlySpan<char> digits = UpToNull(text);
        bool negative = digits.StartsWith("-");
        Errno error = ParseUnsigned(negative || digits.StartsWith("+") ? digits[1..] : digits, negative ? 1UL << 31 : int.MaxValue, out ulong magnitude);
        value = (int)(negative ? -(long)magnitude : (long)magnitude);
        return error;
    }

    /// <summary>kstrtobool: by its first one or two characters.</summary>
    public static bool TryParse(string text, out bool value)
    {
        value = text is ['e' or 'E' or 'y' or 'Y' or 't' or 'T' or '1', ..] or ['o' or 'O', 'n' or 'N', ..];
        return value || text is ['d' or 'D' or 'n' or 'N' or 'f' or 'F' or '0', ..] or ['o' or 'O', 'f' or 'F', ..];
    }

    /// <summary>vsscanf's %x: takes a hexadecimal number off the front of <paramref name="text"/>; 0x alone is one, and is zero. What is too long loses its front.</summary>
    public static bool TryScanHex(ref ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        text = text.TrimStart(" \t\n\v\f\r");
        if (text.IsEmpty || !char.IsAsciiHexDigit(text[0]))
        {
            return false;
        }

        text = IsHex(text) ? text[2..] : text;
        while (!text.IsEmpty && char.IsAsciiHexDigit(text[0]))
        {
            value = (value << 4) | DigitOf(text[0]);
            text = text[1..];
        }

        return true;
    }

    // _kstrtoull. It stops at the first character that is no digit, and says so only of a number that is in range.
    private static Errno ParseUnsigned(ReadOnlySpan<char> text, ulong most, out ulong value)
    {
        value = 0;
        uint radix = IsHex(text) && text.Length > 2 && char.IsAsciiHexDigit(text[2]) ? 16u : text.StartsWith("0") ? 8u : 10u;
        ReadOnlySpan<char> rest = radix == 16 ? text[2..] : text;
        bool isNumber = false;
        UInt128 number = 0;
        while (!rest.IsEmpty && DigitOf(rest[0]) < radix)
        {
            isNumber = true;
            number = UInt128.Min((number * radix) + DigitOf(rest[0]), (UInt128)ulong.MaxValue + 1);
            rest = rest[1..];
        }

        if (number > ulong.MaxValue)
        {
            return Errno.ERANGE;
        }

        if (!isNumber || rest is not ([] or ['\n']))
        {
            return Errno.EINVAL;
        }

        value = (ulong)number;
        return value > most ? Errno.ERANGE : Errno.None;
    }

    // A string ends at its first NUL.
    private static ReadOnlySpan<char> UpToNull(string text)
    {
        int end = text.IndexOf('\0', StringComparison.Ordinal);
        return end < 0 ? text : text.AsSpan(0, end);
    }

    private static bool IsHex(ReadOnlySpan<char> text) => text is ['0', 'x' or 'X', ..];

    private static uint DigitOf(char character)
        => char.IsAsciiDigit(character) ? (uint)(character - '0') : char.IsAsciiHexDigit(character) ? (uint)((character | 0x20) - 'a' + 10) : uint.MaxValue;
}
