using System.Globalization;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Json;

/// <summary>One item of `ls --json`: `explain` without the plan.</summary>
internal sealed record JsonFunction(
    int Schema, string Address, string Class, string Id, string? Driver, int? Group, string? Iommu, JsonNodes Nodes, JsonCoherency Coherency, JsonNeeds Needs)
{
    /// <summary>The number of the schema in docs/json.md. It rises when a field changes its meaning or goes, not when one is added.</summary>
    public const int CurrentSchema = 1;

    public static JsonFunction Of(DeviceFacts facts)
    {
        PciFunction function = facts.Function;
        return new(
            CurrentSchema,
            function.Address.ToString(),
            ClassCode(function),
            DeviceName.Ids(function),
            function.Driver,
            function.GroupId,
            function.IommuName,
            JsonNodes.Of(function.Nodes),
            JsonCoherency.Of(facts.Coherency),
            JsonNeeds.Of(InterfacePlan.Decide(facts, new DevicePolicy()).Needs));
    }

    public static string ClassCode(PciFunction function) => function.ClassCode.ToString("x6", CultureInfo.InvariantCulture);
}
