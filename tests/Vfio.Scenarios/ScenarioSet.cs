using Vfio.Scenarios.Coherency;
using Vfio.Scenarios.Contract;

namespace Vfio.Scenarios;

/// <summary>Every scenario, in the order of a run: the contract first, then a device driven, then trouble.</summary>
public static class ScenarioSet
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        CoherencyTable.Scenario,
        OneOwner.Scenario,
        IovaRules.Scenario,
        ObjectIds.Scenario,
        Dispatch.BadAddresses,
        Dispatch.Sizes,
        Type1Rules.Scenario,
        CloseOrders.Scenario,
        DeviceShape.Scenario,
    ];
}
