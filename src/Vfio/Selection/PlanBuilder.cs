using System.Globalization;
using Vfio.Uapi;

namespace Vfio;

/// <summary>The decision itself, over facts and a policy: first what stands in the way, then what the policy makes of coherency.</summary>
internal sealed class PlanBuilder(DeviceFacts facts, DevicePolicy policy)
{
    private const string NoSnoop =
        "The IOMMU does not force this device's DMA to be coherent: a DMA marked no-snoop bypasses the CPU caches, and the program has to flush them.";

    private readonly List<string> _reasons = [];
    private readonly List<RuledOut> _ruledOut = [];

    private PciFunction Function => facts.Function;

    private Coherency Verdict => facts.Coherency.Verdict;

    /// <summary>Before opening.</summary>
    public InterfacePlan Build()
    {
        List<PlanProblem> common = FindCommonProblems();
        if (common.Count > 0)
        {
            _reasons.Add(common[0].Message);
            _reasons.AddRange(common.Skip(1).Select(further => $"Also in the way: {further.Message}"));

            return Blocked(common[0], common[0]);
        }

        PlanProblem? device = FindDeviceProblem();
        PlanProblem? group = FindGroupProblem();
        _reasons.Add(Describe(facts.Coherency));
        return policy.Interface switch
        {
            InterfaceChoice.Device => Explicit(VfioInterface.Device, device),
            InterfaceChoice.Group => Explicit(VfioInterface.Group, group),
            _ => Auto(device, group),
        };
    }

    private InterfacePlan Explicit(VfioInterface wanted, PlanProblem? problem)
    {
        VfioInterface other = wanted == VfioInterface.Device ? VfioInterface.Group : VfioInterface.Device;
        if (problem is not null)
        {
            _ruledOut.Add(new RuledOut(wanted, problem.Message));
            _ruledOut.Add(new RuledOut(other, $"the caller asks for the {NameOf(wanted)}, and an explicit choice is never changed"));
            return Plan(null) with { Problem = problem };
        }

        if (RefusalOf(wanted) is { } refusal)
        {
            return Refused(refusal);
        }

        _ruledOut.Add(new RuledOut(other, $"the caller asks for the {NameOf(wanted)}"));
        _reasons.Add($"The caller asks for the {NameOf(wanted)}, and it can be had.");
        return Open(wanted);
    }

    private InterfacePlan Auto(PlanProblem? device, PlanProblem? group)
    {
        if (device is not null && group is not null)
        {
            return Blocked(device, group);
        }

        if (policy.NonCoherentDma == NonCoherentDma.Refuse && RefusalOf(device is null ? VfioInterface.Device : VfioInterface.Group) is { } refusal)
        {
            return Refused(refusal);
        }

        if (device is not null)
        {
            _ruledOut.Add(new RuledOut(VfioInterface.Device, device.Message));
            _reasons.Add("The device node cannot be had; the group can, and the caller leaves the choice open.");
            return Open(VfioInterface.Group);
        }

        if (policy.NonCoherentDma == NonCoherentDma.UseGroup && RefusalOf(VfioInterface.Device) is not null)
        {
            return GroupForNonCoherent(group);
        }

        _ruledOut.Add(new RuledOut(VfioInterface.Group, group is null ? "the device node can be had and suits the policy" : group.Message));
        _reasons.Add("The device node can be had, and the policy allows it.");
        if (policy.NonCoherentDma == NonCoherentDma.UseGroup && Verdict == Coherency.Unknown)
        {
            _reasons.Add(group is null
                ? "Coherency is unknown: once attached the kernel is asked, and unless it is enforced the function is reopened by group."
                : "Coherency is unknown: once attached the kernel is asked, and unless it is enforced the function is refused, as there is no group to reopen it by.");
        }

        return Open(VfioInterface.Device);
    }

    /// <summary>After opening, now that the kernel gave its verdict on the attached device: what was decided stays told, and the verdict comes last.</summary>
    public InterfacePlan Confirm(InterfacePlan opened)
    {
        VfioInterface current = opened.Interface ?? throw new InvalidOperationException("A plan that opens nothing has nothing to confirm.");
        _reasons.AddRange(opened.Reasons);
        _reasons.Add($"Asked after attach: {Describe(facts.Coherency)}");
        if (RefusalOf(current) is not { } refusal)
        {
            _ruledOut.AddRange(opened.RuledOut);
            return Open(current);
        }

        return policy is { Interface: InterfaceChoice.Auto, NonCoherentDma: NonCoherentDma.UseGroup }
            ? GroupForNonCoherent(FindGroupProblem())
            : Refused(refusal);
    }

    private InterfacePlan GroupForNonCoherent(PlanProblem? group)
    {
        const string reason = "coherency is not known to be enforced, and the policy wants such a function by group";
        if (group is not null)
        {
            _ruledOut.Add(new RuledOut(VfioInterface.Device, reason));
            _ruledOut.Add(new RuledOut(VfioInterface.Group, group.Message));
            return Plan(null) with
            {
                RefusedByPolicy = true,
                Problem = new PlanProblem(
                    Errno.EPERM,
                    $"Coherency is not known to be enforced ({facts.Coherency.Evidence}); the policy wants such a function by group, and {LowerFirst(group.Message)}",
                    group.Advice),
            };
        }

        _ruledOut.Add(new RuledOut(VfioInterface.Device, reason));
        _reasons.Add("The policy wants a function whose coherency is not enforced by group, and the group can be had.");
        return Open(VfioInterface.Group);
    }

    /// <summary>Why the policy forbids the interface, or null. An unknown verdict counts only once the kernel was asked.</summary>
    private PlanProblem? RefusalOf(VfioInterface wanted)
    {
        bool acceptable = Verdict == Coherency.Enforced || (Verdict == Coherency.Unknown && !facts.Coherency.Confirmed);
        if (acceptable || policy.NonCoherentDma == NonCoherentDma.Allow)
        {
            return null;
        }

        if (policy.NonCoherentDma == NonCoherentDma.UseGroup)
        {
            return wanted == VfioInterface.Group ? null : new PlanProblem(
                Errno.EPERM,
                $"Coherency is not known to be enforced ({facts.Coherency.Evidence}); the policy wants such a function by group, and the caller asks for the device node.",
                "Leave the interface to auto, or allow non-coherent DMA.");
        }

        return new PlanProblem(
            Errno.EPERM,
            Verdict == Coherency.Unknown
                ? $"Whether DMA is forced to be coherent could not be learned ({facts.Coherency.Evidence}), and the policy refuses what is not known to be."
                : $"The IOMMU does not force this device's DMA to be coherent ({facts.Coherency.Evidence}), and the policy refuses such a device.",
            "Allow non-coherent DMA if the program can live with it.");
    }

    private List<PlanProblem> FindCommonProblems()
    {
        List<PlanProblem> problems = [];
        if (Function.IsBridge)
        {
            // Linux: vfio_pci_core.c vfio_pci_core_register_device refuses a header that is not type 0.
            problems.Add(new PlanProblem(Errno.EINVAL, "It is a bridge, and vfio-pci takes none.", "Open a function behind it."));
        }

        if (Function.IsIommu)
        {
            problems.Add(new PlanProblem(Errno.EINVAL, "It is an IOMMU itself, and the kernel needs it to fence the others.", "Open another function."));
            return problems;
        }

        if (Function.GroupId is null && facts.IommuStatus != IommuStatus.Active)
        {
            problems.Add(NoIommu());
        }
        else if (Function.IsNoIommu)
        {
            problems.Add(new PlanProblem(
                Errno.EPERM,
                "VFIO holds it in no-IOMMU mode: nothing fences its DMA, and this library opens no such device.",
                "Give the machine an IOMMU: in the firmware (VT-d, AMD-Vi), on the kernel's command line, or from the hypervisor."));
        }

        if (ReservedDirect() is { } direct)
        {
            problems.Add(direct);
        }

        if (DeviceMsiProblem() is { } device && GroupMsiProblem() is { } group)
        {
            problems.Add(policy.Interface == InterfaceChoice.Group ? group : device);
        }

        if (!Function.IsVfioBound && !Function.IsBridge)
        {
            string held = Function.Driver is null ? "no driver holds it" : $"driver {Function.Driver} holds it";
            string noGroup = Function.GroupId is null && facts.IommuStatus == IommuStatus.Active
                ? " It is in no IOMMU group so far; some kernels make one only on binding."
                : string.Empty;
            problems.Add(new PlanProblem(
                Errno.ENODEV,
                $"It is not bound to vfio-pci ({held}).{noGroup}",
                noGroup.Length > 0
                    ? $"Bind it: vfio bind {Function.Address}. Where no IOMMU covers it, vfio-pci will not take it (EINVAL)."
                    : $"Bind it: vfio bind {Function.Address}"));
        }

        if (facts.Group is { } iommuGroup && Viability.Describe(iommuGroup, Function.Address) is { } blockers)
        {
            problems.Add(new PlanProblem(Errno.EPERM, blockers, Viability.Advice));
        }

        return problems;
    }

    private PlanProblem NoIommu() => facts.IommuStatus switch
    {
        IommuStatus.OffInKernel => new PlanProblem(
            Errno.EINVAL,
            $"The IOMMU is off: {facts.IommuEvidence}.",
            "Boot with intel_iommu=on (Intel) and without iommu=off, intel_iommu=off or amd_iommu=off."),
        IommuStatus.OffInFirmware => new PlanProblem(
            Errno.EINVAL,
            $"The IOMMU is off in the firmware, or this machine has none: {facts.IommuEvidence}.",
            "Switch on VT-d (Intel) or AMD-Vi / IOMMU (AMD) in the firmware setup, then boot with intel_iommu=on on Intel."),
        IommuStatus.Absent => new PlanProblem(
            Errno.EINVAL,
            $"There is no IOMMU: {facts.IommuEvidence}.",
            "Give the virtual machine one (QEMU: -device intel-iommu,intremap=on), or use the soft kernel: --soft."),
        _ => new PlanProblem(
            Errno.EINVAL,
            $"It is in no IOMMU group, and whether the machine has an IOMMU could not be told: {facts.IommuEvidence}.",
            "Look for an IOMMU in the kernel's log (dmesg | grep -i -e DMAR -e AMD-Vi), with /sys mounted."),
    };

    // Linux: drivers/iommu/iommu.c __iommu_device_set_domain refuses a blocking domain to a device with require_direct.
    private PlanProblem? ReservedDirect()
    {
        ReservedRegion[] regions = facts.Group is null ? [] : [.. facts.Group.ReservedRegions.Where(region => region.Type == "direct")];
        return regions.Length == 0 ? null : new PlanProblem(
            Errno.EINVAL,
            string.Create(CultureInfo.InvariantCulture,
                $"The firmware reserves memory for a function of group {facts.Group!.Id} (RMRR, IOVA {regions[0].Start:x}-{regions[0].Last:x}), so the kernel never takes it away from there."),
            "Ask the platform's vendor for a firmware that releases the device (often a setting for the slot or the management controller); nothing else is safe.");
    }

    private PlanProblem? DeviceMsiProblem()
        => facts.MsiIsolation != MsiIsolation.NotIsolated || facts.IommufdAllowsUnsafeInterrupts == true
            ? null
            : MsiProblem("iommufd.allow_unsafe_interrupts");

    // A container on an iommufd (no vfio_iommu_type1) asks iommufd's parameter.
    private PlanProblem? GroupMsiProblem()
        => facts.MsiIsolation != MsiIsolation.NotIsolated || (facts.Type1AllowsUnsafeInterrupts ?? facts.IommufdAllowsUnsafeInterrupts) == true
            ? null
            : MsiProblem("vfio_iommu_type1.allow_unsafe_interrupts");

    private PlanProblem MsiProblem(string parameter)
        => new(Errno.EPERM, $"Its interrupt messages are not isolated: {facts.MsiIsolationEvidence}.", Vfio.Advice.ForMsiIsolation(parameter));

    private PlanProblem? FindDeviceProblem()
        => DeviceMsiProblem()
            ?? (Function.Nodes.Device is not { } node
                ? new PlanProblem(Errno.ENOENT, "The kernel gives this function no device node.",
                    "Device nodes need Linux 6.6 or later with CONFIG_VFIO_DEVICE_CDEV.")
                : NodeProblem(node, node.ExpectedNumbers is null ? "CONFIG_VFIO_DEVICE_CDEV is off in this kernel" : null))
            ?? NodeProblem(Function.Nodes.Iommufd, "CONFIG_IOMMUFD is off in this kernel, or the module iommufd is not loaded");

    private PlanProblem? FindGroupProblem()
        => GroupMsiProblem()
            ?? NodeProblem(Function.Nodes.Group, "CONFIG_VFIO_GROUP is off in this kernel")
            ?? NodeProblem(Function.Nodes.Container, "CONFIG_VFIO_CONTAINER is off in this kernel, or the module vfio is not loaded");

    private static PlanProblem? NodeProblem(DeviceNode? node, string? whyMissing) => node switch
    {
        null => new PlanProblem(Errno.ENOENT, $"There is no node: {whyMissing}.", string.Empty),
        { State: NodeState.Missing, ExpectedNumbers: null } => new PlanProblem(
            Errno.ENOENT, $"{node.Path} is not there: {whyMissing}.", Vfio.Advice.For("open", Errno.ENOENT, node.Path)),
        { State: NodeState.Missing } => new PlanProblem(
            Errno.ENOENT, $"{node.Path} is not there although sysfs shows the device ({node.ExpectedNumbers}).", Vfio.Advice.MissingNode),
        { State: NodeState.Wrong } => new PlanProblem(
            Errno.ENXIO, $"{node.Path} is not the device that sysfs names ({node.ExpectedNumbers ?? "a character device"}).", Vfio.Advice.MissingNode),
        { State: NodeState.NoAccess } => new PlanProblem(
            Errno.EACCES, $"No permission to read and write {node.Path}{Permissions(node)}.", Vfio.Advice.For("open", Errno.EACCES, node.Path)),
        _ => null,
    };

    private static string Permissions(DeviceNode node)
        => node.Mode is not { } mode
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" (mode {Convert.ToString(mode & 0x1FF, 8).PadLeft(4, '0')}, user {node.UserId}, group {node.GroupId})");

    private InterfacePlan Blocked(PlanProblem device, PlanProblem group)
    {
        _ruledOut.Add(new RuledOut(VfioInterface.Device, device.Message));
        _ruledOut.Add(new RuledOut(VfioInterface.Group, group.Message));
        PlanProblem problem = policy.Interface == InterfaceChoice.Group ? group : device;
        return Plan(null) with { Problem = problem };
    }

    private InterfacePlan Refused(PlanProblem refusal)
    {
        _ruledOut.Add(new RuledOut(VfioInterface.Device, refusal.Message));
        _ruledOut.Add(new RuledOut(VfioInterface.Group, refusal.Message));
        return Plan(null) with { RefusedByPolicy = true, Problem = refusal };
    }

    private InterfacePlan Open(VfioInterface chosen)
        => Plan(chosen) with { Warning = Verdict == Coherency.NotEnforced ? NoSnoop : null };

    private InterfacePlan Plan(VfioInterface? chosen) => new()
    {
        Facts = facts,
        Policy = policy,
        Interface = chosen,
        Reasons = _reasons,
        RuledOut = _ruledOut,
        Needs = Needs(chosen),
    };

    private PlanNeeds Needs(VfioInterface? chosen)
    {
        // Nothing chosen: what the caller's interface would need, or under Auto the device node's.
        bool group = chosen == VfioInterface.Group || (chosen is null && policy.Interface == InterfaceChoice.Group);
        DeviceNode?[] nodes = group
            ? [Function.Nodes.Group, Function.Nodes.Container]
            : [Function.Nodes.Device, Function.Nodes.Iommufd];
        List<PciAddress> toBind = Function.IsVfioBound || Function.IsBridge ? [] : [Function.Address];
        toBind.AddRange((facts.Group?.Blockers ?? []).Select(peer => peer.Address).Where(peer => peer != Function.Address));
        return new PlanNeeds
        {
            MemlockLimit = facts.MemlockLimit,
            Privileges = [.. nodes.OfType<DeviceNode>().Where(node => node.State == NodeState.NoAccess)
                .Select(node => $"read and write {node.Path}: {Vfio.Advice.For("open", Errno.EACCES, node.Path)}")],
            ToBind = toBind,
        };
    }

    private static string Describe(CoherencyVerdict coherency) => coherency.Verdict switch
    {
        Coherency.Enforced => $"DMA is forced to be coherent: {coherency.Evidence}.",
        Coherency.NotEnforced => $"DMA is not forced to be coherent: {coherency.Evidence}.",
        _ => $"Whether DMA is forced to be coherent is unknown: {coherency.Evidence}.",
    };

    private static string NameOf(VfioInterface wanted) => wanted == VfioInterface.Device ? "device node" : "group";

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
