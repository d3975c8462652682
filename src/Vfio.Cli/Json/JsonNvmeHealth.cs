using Vfio.Cli.Nvme;
using Vfio.Nvme;

namespace Vfio.Cli.Json;

/// <summary>`nvme BDF smart --json`.</summary>
internal sealed record JsonNvmeHealth(
    int Schema, string Address, string Model, string Serial, string Health, IReadOnlyList<JsonNvmeFinding> Findings, int CriticalWarning, int? Temperature,
    int SparePercent, int SpareThresholdPercent, int UsedPercent, ulong BytesRead, ulong BytesWritten, ulong ReadCommands, ulong WriteCommands,
    ulong PowerCycles, ulong PowerOnHours, ulong UnsafeShutdowns, ulong MediaErrors, ulong ErrorEntries)
{
    public static JsonNvmeHealth Of(HealthReport report)
    {
        NvmeHealth health = report.Health;
        return new(
            JsonFunction.CurrentSchema, report.Address.ToString(), report.Identity.Model, report.Identity.SerialNumber, Name(report.Verdict),
            [.. report.Findings.Select(static finding => new JsonNvmeFinding(Name(finding.Level), finding.What, finding.Advice))],
            health.Warning, JsonNvmeController.Celsius(health.Temperature), health.SparePercent, health.SpareThresholdPercent, health.UsedPercent,
            JsonNvmeController.Whole(health.BytesRead), JsonNvmeController.Whole(health.BytesWritten), health.ReadCommands, health.WriteCommands,
            health.PowerCycles, health.PowerOnHours, health.UnsafeShutdowns, health.MediaErrors, health.ErrorEntries);
    }

    private static string Name(HealthLevel level) => level switch
    {
        HealthLevel.Good => "good",
        HealthLevel.Warning => "warning",
        _ => "critical",
    };
}
