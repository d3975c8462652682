using System.Globalization;

namespace Vfio.Cli.Json;

/// <summary>I/O virtual addresses, both ends included, in hexadecimal: the numbers do not fit JSON's doubles.</summary>
internal sealed record JsonIovaRange(string First, string Last)
{
    public static JsonIovaRange Of(IovaRange range) => new(Hex(range.First), Hex(range.Last));

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
