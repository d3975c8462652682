using Vfio.Cli.Probing;

namespace Vfio.Cli.Json;

/// <summary>`probe BDF --json`, and an item of `probe --json`: `explain` and what opening it showed.</summary>
internal sealed record JsonProbe(
    int Schema, string Address, string Class, string Id, string? Driver, int? Group, string? Iommu, JsonNodes Nodes, JsonPlan Plan, JsonCoherency Coherency, JsonNeeds Needs,
    JsonOpened? Opened, string? Error)
{
    public static JsonProbe Of(ProbeReport report)
    {
        JsonFunction function = JsonFunction.Of(report.Facts);
        return new(
            function.Schema, function.Address, function.Class, function.Id, function.Driver, function.Group, function.Iommu, function.Nodes,
            JsonPlan.Of(report.Plan), function.Coherency, JsonNeeds.Of(report.Plan.Needs),
            report.Opened is { } opened ? JsonOpened.Of(opened) : null, report.Failure?.Message);
    }
}
