namespace Vfio.Cli.Json;

/// <summary>`explain --json`.</summary>
internal sealed record JsonPlannedFunction(
    int Schema, string Address, string Class, string Id, string? Driver, int? Group, string? Iommu, JsonNodes Nodes, JsonPlan Plan, JsonCoherency Coherency, JsonNeeds Needs)
{
    public static JsonPlannedFunction Of(InterfacePlan plan)
    {
        JsonFunction function = JsonFunction.Of(plan.Facts);
        return new(
            function.Schema, function.Address, function.Class, function.Id, function.Driver, function.Group, function.Iommu, function.Nodes,
            JsonPlan.Of(plan), function.Coherency, JsonNeeds.Of(plan.Needs));
    }
}
