using System.Text;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>The curve of latencies in text.</summary>
internal static class LatencyPicture
{
    /// <summary>Lines of the curve, above those of the percentiles.</summary>
    public const int Rows = 12;

    /// <summary>Columns of names and axis, left of the curve.</summary>
    public const int AxisWidth = LabelWidth + 2;

    private const int LabelWidth = 9;
    private const int LeastPlot = 24;

    // Full, half, none; then left side with and without a mark, corner, floor with and without one. Code page 437 has these blocks, and with it every console.
    private const string Blocks = "█▄ ┤│└─┬";
    private const string Ascii = "#. +|+-+";

    /// <param name="latency">At least one.</param>
    /// <param name="width">Columns.</param>
    /// <param name="isUtf8">Whether blocks and lines can be shown; else ASCII.</param>
    /// <returns>Lines, the last with the percentiles.</returns>
    public static IReadOnlyList<string> Draw(LatencyHistogram latency, int width, bool isUtf8)
    {
        string signs = isUtf8 ? Blocks : Ascii;
        (char full, char half, char none) = (signs[0], signs[1], signs[2]);
        LatencyAxes axes = new(latency);
        int plot = Math.Max(LeastPlot, width - AxisWidth);
        int[] halves = [.. Enumerable.Range(0, plot).Select(column => 1 + (int)Math.Round(axes.HeightAt((double)column / (plot - 1)) * ((2 * Rows) - 1)))];
        string?[] labels = Labels(axes);
        List<string> lines = [];
        for (int row = Rows - 1; row >= 0; row--)
        {
            StringBuilder line = new();
            line.Append((labels[row] ?? "").PadLeft(LabelWidth)).Append(' ').Append(signs[labels[row] is null ? 4 : 3]);
            foreach (int height in halves)
            {
                line.Append(height >= (2 * row) + 2 ? full : height == (2 * row) + 1 ? half : none);
            }

            lines.Add(line.ToString().TrimEnd());
        }

        lines.AddRange(Floor(axes, plot, signs));
        return lines;
    }

    // All round latencies where each has a row of its own, else the roundest.
    private static string?[] Labels(LatencyAxes axes)
    {
        foreach (int digits in (int[])[3, 2, 1])
        {
            (string Name, int Row)[] ticks = [.. axes.Latencies(digits).Select(static tick => (tick.Name, (int)Math.Round(tick.Y * ((2 * Rows) - 1)) / 2))];
            if (digits == 1 || ticks.DistinctBy(static tick => tick.Row).Count() == ticks.Length)
            {
                string?[] labels = new string?[Rows];
                Array.ForEach(ticks, tick => labels[tick.Row] = tick.Name);
                return labels;
            }
        }

        return new string?[Rows];
    }

    private static IEnumerable<string> Floor(LatencyAxes axes, int plot, string signs)
    {
        char[] floor = [.. new string(' ', LabelWidth), ' ', signs[5], .. new string(signs[6], plot)];
        char[] names = new string(' ', floor.Length).ToCharArray();
        (string Name, double X)[] percentiles = [.. axes.Percentiles];
        // The last one says how far the picture reaches: room is kept for it.
        int kept = names.Length - percentiles[^1].Name.Length;
        int free = 0;
        foreach ((string name, double x) in percentiles)
        {
            int column = AxisWidth + (int)Math.Round(x * (plot - 1));
            bool isLast = column == floor.Length - 1;
            int start = isLast ? kept : Math.Min(Math.Max(free, column - (name.Length / 2)), kept - 1 - name.Length);
            floor[column] = signs[7];
            if (start >= free)
            {
                name.CopyTo(0, names, start, name.Length);
                free = start + name.Length + 1;
            }
        }

        yield return new string(floor);
        yield return new string(names).TrimEnd();
    }
}
