using System.Globalization;
using System.Security;
using System.Text;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>A measurement as a picture to share: one file, no scripts, nothing fetched; dark where the viewer is.</summary>
internal static class LatencySvg
{
    private const int Width = 960;
    private const int Height = 540;
    private const double Left = 84;
    private const double Right = Width - 44;
    private const double Top = 190;
    private const double Bottom = Height - 76;
    private const int Steps = 400;

    // Attributes are for viewers without style sheets; the sheet outweighs them.
    private const string Style = """
        <style>
        text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        .paper{fill:#fbfbfa}.ink{fill:#1c1e21}.soft{fill:#646a73}.grid{stroke:#d9dce0}.area{fill:#2a78d6;fill-opacity:.16}.line{stroke:#2a78d6}.dot{fill:#2a78d6;stroke:#fbfbfa}
        @media (prefers-color-scheme:dark){.paper{fill:#16181b}.ink{fill:#eceef1}.soft{fill:#9aa2ad}.grid{stroke:#31353b}.area{fill:#5b9ff0;fill-opacity:.2}.line{stroke:#5b9ff0}.dot{fill:#5b9ff0;stroke:#16181b}}
        </style>
        """;

    public static string Draw(BenchResult result)
    {
        LatencyAxes axes = new(result.Latency);
        string title = $"{result.Identity.Model}: {BenchText.Rate(result.CommandsPerSecond)} IOPS, {BenchText.What(result.Plan)}";
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" viewBox=\"0 0 {Width} {Height}\" role=\"img\">\n");
        svg.Append($"<title>{Escape(title)}</title>\n{Style}\n");
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"paper\" width=\"{Width}\" height=\"{Height}\" rx=\"10\" fill=\"#fbfbfa\"/>\n");
        Text(svg, 36, 50, "ink", 24, "start", result.Identity.Model, "font-weight=\"600\"");
        Text(svg, 36, 76, "soft", 14, "start", $"{BenchText.What(result.Plan)} · {BenchText.How(result.Plan)} · {result.Address}, namespace {result.Namespace.Id.ToString(CultureInfo.InvariantCulture)}");
        Figures(svg, result);
        Grid(svg, axes);
        Curve(svg, axes, result.Latency);
        Text(svg, (Left + Right) / 2, Height - 22, "soft", 12, "middle", "share of commands that took no longer · latency from submission to completion, logarithmic · vfio nvme bench");
        return svg.Append("</svg>\n").ToString();
    }

    private static void Figures(StringBuilder svg, BenchResult result)
    {
        (string Name, string Value)[] figures =
        [
            ("IOPS", BenchText.Rate(result.CommandsPerSecond)),
            ("throughput", BenchText.MegaBytes(result)),
            .. BenchText.Figures(result.Latency, 'µ'),
        ];
        double[] starts = [36, 186, 366, 482, 598, 714, 830];
        for (int i = 0; i < figures.Length; i++)
        {
            Text(svg, starts[i], 118, "soft", 13, "start", figures[i].Name);
            Text(svg, starts[i], 144, "ink", 21, "start", figures[i].Value, "font-weight=\"600\"");
        }
    }

    private static void Grid(StringBuilder svg, LatencyAxes axes)
    {
        double lastLabel = double.NegativeInfinity;
        foreach ((string name, double height) in axes.Latencies(digits: 3))
        {
            double y = Y(height);
            Line(svg, Left, y, Right, y);
            Text(svg, Left - 10, y + 4, "soft", 12, "end", name.Replace('u', 'µ'));
        }

        foreach ((string name, double place) in axes.Percentiles)
        {
            double x = X(place);
            Line(svg, x, Top, x, Bottom);
            if (x - lastLabel > 36)
            {
                Text(svg, x, Bottom + 20, "soft", 12, "middle", name);
                lastLabel = x;
            }
        }
    }

    private static void Curve(StringBuilder svg, LatencyAxes axes, LatencyHistogram latency)
    {
        StringBuilder points = new();
        for (int step = 0; step <= Steps; step++)
        {
            double x = (double)step / Steps;
            points.Append(CultureInfo.InvariantCulture, $"{(step == 0 ? "" : " ")}{X(x):0.#},{Y(axes.HeightAt(x)):0.#}");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<polygon class=\"area\" fill=\"#2a78d6\" fill-opacity=\".16\" points=\"{Left},{Bottom} {points} {Right},{Bottom}\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line\" fill=\"none\" stroke=\"#2a78d6\" stroke-width=\"2.5\" stroke-linejoin=\"round\" points=\"{points}\"/>\n");
        foreach ((string name, double share) in ((string, double)[])[("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)])
        {
            double place = -Math.Log10(1 - share) / axes.Nines;
            if (place <= 1)
            {
                double y = Y(axes.HeightOf(latency.At(share)));
                svg.Append(CultureInfo.InvariantCulture, $"<circle class=\"dot\" cx=\"{X(place):0.#}\" cy=\"{y:0.#}\" r=\"5\" fill=\"#2a78d6\" stroke=\"#fbfbfa\" stroke-width=\"2\"/>\n");
                Text(svg, X(place) - 8, Math.Max(y - 10, Top + 12), "ink", 12, place < 0.1 ? "start" : "end", name);
            }
        }
    }

    private static double X(double place) => Left + (place * (Right - Left));

    private static double Y(double height) => Bottom - (Math.Clamp(height, 0, 1) * (Bottom - Top));

    private static void Line(StringBuilder svg, double x1, double y1, double x2, double y2)
        => svg.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" stroke=\"#d9dce0\" d=\"M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}\"/>\n");

    private static void Text(StringBuilder svg, double x, double y, string style, int size, string anchor, string text, string more = "")
        => svg.Append(
            CultureInfo.InvariantCulture,
            $"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{(style == "ink" ? "#1c1e21" : "#646a73")}\" font-family=\"sans-serif\"{(more.Length == 0 ? "" : " " + more)}>{Escape(text)}</text>\n");

    private static string Escape(string text) => SecurityElement.Escape(text)!;
}
