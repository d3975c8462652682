using System.Globalization;
using Vfio.Cli.Nvme;

namespace Vfio.Cli.Json;

/// <summary>`nvme BDF identify --json`.</summary>
internal sealed record JsonNvmeController(
    int Schema, string Address, string Interface, string Model, string Serial, string Firmware, string Vendor, int ControllerId, string Version, ulong? Capacity,
    int? WarningTemperature, int? CriticalTemperature, JsonNvmeLimits Limits, IReadOnlyList<JsonNvmeNamespace> Namespaces)
{
    public static JsonNvmeController Of(IdentifyReport report) => new(
        JsonFunction.CurrentSchema,
        report.Address.ToString(),
        JsonPlan.Name(report.Interface),
        report.Identity.Model,
        report.Identity.SerialNumber,
        report.Identity.Firmware,
        report.Identity.VendorId.ToString("x4", CultureInfo.InvariantCulture),
        report.Identity.ControllerId,
        report.Version.ToString(),
        report.Identity.Capacity == 0 ? null : Whole(report.Identity.Capacity),
        Celsius(report.Identity.WarningTemperature),
        Celsius(report.Identity.CriticalTemperature),
        new(report.Limits.Queues, report.Limits.Depth, report.Limits.Transfer),
        [.. report.Namespaces.Select(JsonNvmeNamespace.Of)]);

    /// <summary>Kelvin; 0 is a value that the controller does not tell.</summary>
    public static int? Celsius(int kelvin) => kelvin == 0 ? null : NvmeText.Celsius(kelvin);

    /// <summary>A number of 128 bits, or the largest of 64.</summary>
    public static ulong Whole(UInt128 value) => value > ulong.MaxValue ? ulong.MaxValue : (ulong)value;
}
