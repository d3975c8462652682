using System.Globalization;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>
/// The plane that latencies are drawn on: to the right percentiles, each step a tenth of what was left before it, for the tail is what such a picture is for; upwards nanoseconds,
/// as logarithms.
/// </summary>
internal sealed class LatencyAxes
{
    private const int MostNines = 6;

    private readonly LatencyHistogram _latency;
    private readonly double _lowest;
    private readonly double _highest;

    public LatencyAxes(LatencyHistogram latency)
    {
        _latency = latency;
        // No further than there are commands that could tell.
        Nines = Math.Clamp((int)Math.Log10(Math.Max(1, latency.Count)), 1, MostNines);
        _lowest = Math.Log10(RoundDown(Math.Max(1, latency.At(0))));
        _highest = Math.Log10(RoundUp(Math.Max(1, latency.At(ShareAt(1)))));
        if (_highest <= _lowest)
        {
            _highest = _lowest + 1;
        }
    }

    /// <summary>How many nines the last percentile has.</summary>
    public int Nines { get; }

    /// <summary>Percentiles worth naming, with where they stand, from 0 to 1.</summary>
    public IEnumerable<(string Name, double X)> Percentiles
    {
        get
        {
            yield return ("0%", 0);
            yield return ("50%", Math.Log10(2) / Nines);
            for (int nines = 1; nines <= Nines; nines++)
            {
                string digits = new('9', nines);
                yield return (nines < 3 ? $"{digits.PadRight(2, '0')}%" : $"{digits[..2]}.{digits[2..]}%", (double)nines / Nines);
            }
        }
    }

    /// <summary>Latencies worth naming, with where they stand, from 0 to 1.</summary>
    /// <param name="digits">How many there are in each power of ten: 1; 1 and 5; or 1, 2 and 5.</param>
    public IEnumerable<(string Name, double Y)> Latencies(int digits)
        => ((int[])[1, 5, 2]).Take(digits).SelectMany(digit => Enumerable.Range(0, 13).Select(power => digit * Math.Pow(10, power)))
            .Select(value => (Name: Text(value), Y: HeightOf(value)))
            .Where(static tick => tick.Y is >= -1e-9 and <= 1 + 1e-9);

    /// <summary>The share of commands that ends at a place from 0 to 1.</summary>
    public double ShareAt(double x) => 1 - Math.Pow(10, -Nines * x);

    /// <summary>How high the curve is there, from 0 to 1.</summary>
    public double HeightAt(double x) => HeightOf(_latency.At(ShareAt(x)));

    public double HeightOf(double nanoseconds) => (Math.Log10(Math.Max(1, nanoseconds)) - _lowest) / (_highest - _lowest);

    /// <summary>Nanoseconds, in the unit that takes three digits at most.</summary>
    /// <param name="nanoseconds">How many.</param>
    /// <param name="micro">The prefix for millionths.</param>
    public static string Text(double nanoseconds, char micro = 'u')
    {
        (double value, string unit) = nanoseconds switch
        {
            < 999.5 => (nanoseconds, "ns"),
            < 999.5e3 => (nanoseconds / 1e3, micro + "s"),
            < 999.5e6 => (nanoseconds / 1e6, "ms"),
            _ => (nanoseconds / 1e9, "s"),
        };
        string form = unit == "ns" || value >= 99.95 ? "0" : value >= 9.995 ? "0.#" : "0.##";
        return $"{value.ToString(form, CultureInfo.InvariantCulture)} {unit}";
    }

    private static double RoundDown(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return (value / power) switch
        {
            >= 5 => 5 * power,
            >= 2 => 2 * power,
            _ => power,
        };
    }

    private static double RoundUp(double value)
    {
        double down = RoundDown(value);
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return down >= value ? value : (down / power) switch
        {
            >= 4.9 => 10 * power,
            >= 1.9 => 5 * power,
            _ => 2 * power,
        };
    }
}
