using Vfio.Scenarios.Coherency;
using Vfio.Scenarios.Contract;
using Vfio.Scenarios.Driving;
using Vfio.Scenarios.Machines;
using Vfio.Scenarios.Mock;
using Vfio.Scenarios.Storage;

namespace Vfio.Scenarios;

/// <summary>Every scenario, in the order of a run: the contract first, then a function driven by its node and by its group.</summary>
public static class ScenarioSet
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        CoherencyTable.Scenario,
        OneOwner.Scenario,
        IovaRules.Scenario,
        ObjectIds.Scenario,
        Type1Rules.Scenario,
        CloseOrders.Scenario,
        DeviceShape.Scenario,
        PageTableRules.Options,
        PageTableRules.Moving,
        PageTableRules.Faults,
        Features.Probing,
        Features.LowPower,
        Features.Doorbells,
        Features.HotReset,
        Features.DmaBuf,
        ForAVirtualMachine.Files,
        ForAVirtualMachine.ByNode,
        ForAVirtualMachine.ByGroup,
        Nesting.Tables,
        Nesting.DirtyPages,
        Nesting.Faults,
        Nesting.Iommus,
        Nesting.Process,
        OpenedByDecision.ByPolicy,
        OpenedByDecision.Busy,
        .. By(InterfaceChoice.Device, "by node"),
        .. By(InterfaceChoice.Group, "by group"),
        ReadmeSample.Scenario,
        HandedOver.ByNode,
        HandedOver.ByGroup,
        HandedOver.AddressSpaces,
        .. Stored(InterfaceChoice.Device, "by node"),
        .. Stored(InterfaceChoice.Group, "by group"),
    ];

    private static Scenario[] By(InterfaceChoice by, string name) =>
    [
        OpenedByDecision.By(by, name),
        RegistersAndDma.Registers(by, name),
        RegistersAndDma.Dma(by, name),
        RegistersAndDma.BlockedDma(by, name),
        RegistersAndDma.Addresses(by, name),
        InterruptsArrive.Msi(by, name),
        InterruptsArrive.Intx(by, name),
        RegistersAndDma.Reopen(by, name),
    ];

    private static Scenario[] Stored(InterfaceChoice by, string name) =>
    [
        ControllerAnswers.Scenario(by, name),
        ControllerAnswers.Events(by, name),
        DataMoves.ByInterrupt(by, name),
        DataMoves.Polled(by, name),
        Recovery.Scenario(by, name),
    ];
}
