using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>What a controller says, in words.</summary>
internal static class NvmeText
{
    private const int Freezing = 273;

    /// <summary>Bytes as makers of disks count them where that comes out even, as memory is counted where that does.</summary>
    public static string Size(UInt128 bytes) => bytes <= ulong.MaxValue && bytes % (1 << 20) == 0 && bytes < (UInt128)1 << 40
        ? Rendering.FunctionText.Bytes((ulong)bytes)
        : Decimal(bytes);

    /// <summary>Bytes in powers of a thousand, with three digits.</summary>
    public static string Decimal(UInt128 bytes)
    {
        ReadOnlySpan<string> units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"];
        double value = (double)bytes;
        int unit = 0;
        while (value >= 999.5 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Digits(value, unit == 0)} {units[unit]}");
    }

    public static string Count(ulong number, string of) => string.Create(CultureInfo.InvariantCulture, $"{number} {of}{(number == 1 ? "" : "s")}");

    public static int Celsius(int kelvin) => kelvin - Freezing;

    public static string Thresholds(NvmeIdentity identity) => string.Create(
        CultureInfo.InvariantCulture,
        $"warns at {Celsius(identity.WarningTemperature)} C{(identity.CriticalTemperature == 0 ? "" : $", critical at {Celsius(identity.CriticalTemperature)} C")}");

    public static string Performance(NvmeFormat format) => format.Performance switch
    {
        0 => "best",
        1 => "better",
        2 => "good",
        _ => "degraded",
    };

    private static string Digits(double value, bool whole)
        => value.ToString(whole || value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
