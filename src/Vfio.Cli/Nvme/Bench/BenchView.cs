using System.Globalization;
using Spectre.Console;
using Vfio.Cli.Hosting;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>`vfio nvme BDF bench`, for people: the figures, and the latencies as a picture.</summary>
internal sealed class BenchView(Terminal terminal)
{
    public void Show(BenchResult result)
    {
        IAnsiConsole screen = terminal.Screen;
        screen.Write(new Text($"{result.Address}  {result.Identity.Model}\n", Look.Title));
        FactSheet sheet = new FactSheet()
            .Add("measured", $"{BenchText.What(result.Plan)}, namespace {result.Namespace.Id.ToString(CultureInfo.InvariantCulture)}")
            .Add("with", BenchText.How(result.Plan))
            .Add("IOPS", BenchText.Rate(result.CommandsPerSecond), Look.Title)
            .Add("throughput", BenchText.MegaBytes(result))
            .Add("latency", Figures(result, percentiles: false))
            .Add("percentiles", Figures(result, percentiles: true));
        screen.Write(sheet.Content);
        screen.WriteLine();
        IReadOnlyList<string> lines = LatencyPicture.Draw(result.Latency, screen.Profile.Width, terminal.IsUtf8);
        for (int row = 0; row < lines.Count; row++)
        {
            int axis = Math.Min(lines[row].Length, LatencyPicture.AxisWidth);
            Paragraph line = new();
            line.Append(lines[row][..axis], Look.Label);
            line.Append(lines[row][axis..] + "\n", row < LatencyPicture.Rows ? Look.Curve : Look.Label);
            screen.Write(line);
        }
    }

    private static string Figures(BenchResult result, bool percentiles) => string.Join(
        ", ",
        BenchText.Figures(result.Latency).Where(figure => figure.Name.StartsWith('p') == percentiles).Select(static figure => $"{figure.Name} {figure.Value}"));
}
