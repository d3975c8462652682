using System.Globalization;
using Spectre.Console;
using Vfio.Cli.Rendering;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>`vfio nvme BDF smart`, for people: the verdict and what to do first.</summary>
internal sealed class SmartView(IAnsiConsole screen)
{
    public void Show(HealthReport report)
    {
        NvmeHealth health = report.Health;
        screen.Write(new Text($"{report.Address}  {report.Identity.Model}\n", Look.Title));
        FactSheet sheet = new FactSheet().Add("health", Name(report.Verdict), Of(report.Verdict));
        foreach (HealthFinding finding in report.Findings)
        {
            sheet.Add(finding.Level == HealthLevel.Critical ? "CRITICAL" : "warning", finding.What, Of(finding.Level), " " + finding.Advice);
        }

        string thresholds = report.Identity.WarningTemperature == 0 ? "" : $" ({NvmeText.Thresholds(report.Identity)})";
        sheet.Add("temperature", report.KnowsTemperature ? Text($"{NvmeText.Celsius(health.Temperature)} C{thresholds}") : "not measured")
            .Add("spare", Text($"{health.SparePercent} % left (warns below {health.SpareThresholdPercent} %)"))
            .Add("life used", Text($"{health.UsedPercent} %{(health.UsedPercent == byte.MaxValue ? " or more" : "")}"))
            .Add("read", $"{NvmeText.Decimal(health.BytesRead)} by {NvmeText.Count(health.ReadCommands, "command")}")
            .Add("written", $"{NvmeText.Decimal(health.BytesWritten)} by {NvmeText.Count(health.WriteCommands, "command")}")
            .Add("power", $"on for {NvmeText.Count(health.PowerOnHours, "hour")}, switched on {NvmeText.Count(health.PowerCycles, "time")}, lost {NvmeText.Count(health.UnsafeShutdowns, "time")}")
            .Add("errors", $"{NvmeText.Count(health.MediaErrors, "error")} of the medium; the log has {health.ErrorEntries} {(health.ErrorEntries == 1 ? "entry" : "entries")}");
        screen.Write(sheet.Content);
    }

    private static string Name(HealthLevel level) => level switch
    {
        HealthLevel.Good => "good",
        HealthLevel.Warning => "see to it",
        _ => "FAILING",
    };

    private static Style Of(HealthLevel level) => level switch
    {
        HealthLevel.Good => Look.Good,
        HealthLevel.Warning => Look.Doubtful,
        _ => Look.Bad,
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
