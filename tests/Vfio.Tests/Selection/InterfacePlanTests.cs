using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class InterfacePlanTests
{
    private const string Refused = "refused";
    private const string Blocked = "blocked";

    private static readonly PciAddress Address = PciAddress.Parse("0000:01:00.0");
    private static readonly DeviceNode Ready = new("/dev/vfio/x", NodeState.Ready) { ExpectedNumbers = "1:1" };

    private static PciFunction Function => new()
    {
        Address = Address,
        VendorId = 1,
        DeviceId = 2,
        Driver = "vfio-pci",
        VfioName = "vfio0",
        GroupId = 7,
        Nodes = new FunctionNodes(Ready, Ready, Ready, Ready),
    };

    private static DeviceFacts Facts(Coherency coherency = Coherency.Enforced, bool device = true, bool group = true)
    {
        PciFunction function = Function with
        {
            Nodes = new FunctionNodes(device ? Ready : null, group ? Ready : null, Ready, Ready),
        };
        return new DeviceFacts
        {
            Function = function,
            Group = new IommuGroup { Id = 7, Functions = [function] },
            IommuStatus = IommuStatus.Active,
            Coherency = new CoherencyVerdict(coherency, "evidence"),
        };
    }

    private static string Outcome(InterfacePlan plan)
    {
        Assert.Equal(plan.Interface is null, plan.Problem is not null);
        return plan.RefusedByPolicy ? Refused : plan.Interface?.ToString() ?? Blocked;
    }

    public static TheoryData<InterfaceChoice, NonCoherentDma, Coherency, bool, bool, string> Table()
    {
        TheoryData<InterfaceChoice, NonCoherentDma, Coherency, bool, bool, string> data = [];
        (InterfaceChoice Choice, NonCoherentDma Policy, string Enforced, string NotEnforced, string Unknown)[] both =
        [
            (InterfaceChoice.Auto, NonCoherentDma.Allow, "Device", "Device", "Device"),
            (InterfaceChoice.Auto, NonCoherentDma.UseGroup, "Device", "Group", "Device"),
            (InterfaceChoice.Auto, NonCoherentDma.Refuse, "Device", Refused, "Device"),
            (InterfaceChoice.Device, NonCoherentDma.Allow, "Device", "Device", "Device"),
            (InterfaceChoice.Device, NonCoherentDma.UseGroup, "Device", Refused, "Device"),
            (InterfaceChoice.Device, NonCoherentDma.Refuse, "Device", Refused, "Device"),
            (InterfaceChoice.Group, NonCoherentDma.Allow, "Group", "Group", "Group"),
            (InterfaceChoice.Group, NonCoherentDma.UseGroup, "Group", "Group", "Group"),
            (InterfaceChoice.Group, NonCoherentDma.Refuse, "Group", Refused, "Group"),
        ];
        (InterfaceChoice Choice, NonCoherentDma Policy, string Enforced, string NotEnforced, string Unknown)[] deviceOnly =
        [
            (InterfaceChoice.Auto, NonCoherentDma.Allow, "Device", "Device", "Device"),
            (InterfaceChoice.Auto, NonCoherentDma.UseGroup, "Device", Refused, "Device"),
            (InterfaceChoice.Auto, NonCoherentDma.Refuse, "Device", Refused, "Device"),
            (InterfaceChoice.Device, NonCoherentDma.Allow, "Device", "Device", "Device"),
            (InterfaceChoice.Device, NonCoherentDma.UseGroup, "Device", Refused, "Device"),
            (InterfaceChoice.Device, NonCoherentDma.Refuse, "Device", Refused, "Device"),
            (InterfaceChoice.Group, NonCoherentDma.Allow, Blocked, Blocked, Blocked),
            (InterfaceChoice.Group, NonCoherentDma.UseGroup, Blocked, Blocked, Blocked),
            (InterfaceChoice.Group, NonCoherentDma.Refuse, Blocked, Blocked, Blocked),
        ];
        (InterfaceChoice Choice, NonCoherentDma Policy, string Enforced, string NotEnforced, string Unknown)[] groupOnly =
        [
            (InterfaceChoice.Auto, NonCoherentDma.Allow, "Group", "Group", "Group"),
            (InterfaceChoice.Auto, NonCoherentDma.UseGroup, "Group", "Group", "Group"),
            (InterfaceChoice.Auto, NonCoherentDma.Refuse, "Group", Refused, "Group"),
            (InterfaceChoice.Device, NonCoherentDma.Allow, Blocked, Blocked, Blocked),
            (InterfaceChoice.Device, NonCoherentDma.UseGroup, Blocked, Blocked, Blocked),
            (InterfaceChoice.Device, NonCoherentDma.Refuse, Blocked, Blocked, Blocked),
            (InterfaceChoice.Group, NonCoherentDma.Allow, "Group", "Group", "Group"),
            (InterfaceChoice.Group, NonCoherentDma.UseGroup, "Group", "Group", "Group"),
            (InterfaceChoice.Group, NonCoherentDma.Refuse, "Group", Refused, "Group"),
        ];
        foreach ((bool device, bool group, var rows) in new[] { (true, true, both), (true, false, deviceOnly), (false, true, groupOnly) })
        {
            foreach (var row in rows)
            {
                data.Add(row.Choice, row.Policy, Coherency.Enforced, device, group, row.Enforced);
                data.Add(row.Choice, row.Policy, Coherency.NotEnforced, device, group, row.NotEnforced);
                data.Add(row.Choice, row.Policy, Coherency.Unknown, device, group, row.Unknown);
            }
        }

        foreach (InterfaceChoice choice in Enum.GetValues<InterfaceChoice>())
        {
            foreach (NonCoherentDma policy in Enum.GetValues<NonCoherentDma>())
            {
                foreach (Coherency coherency in Enum.GetValues<Coherency>())
                {
                    data.Add(choice, policy, coherency, false, false, Blocked);
                }
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void The_plan_before_opening(
        InterfaceChoice choice, NonCoherentDma policy, Coherency coherency, bool device, bool group, string expected)
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(coherency, device, group), new DevicePolicy(choice, policy));
        Assert.Equal(expected, Outcome(plan));

        // Whatever is not taken is ruled out with a reason, once.
        VfioInterface[] ruledOut = [.. plan.RuledOut.Select(entry => entry.Interface).Order()];
        Assert.Equal(Enum.GetValues<VfioInterface>().Where(entry => entry != plan.Interface), ruledOut);
        Assert.All(plan.RuledOut, entry => Assert.NotEmpty(entry.Reason));
        Assert.Equal(plan.Interface is not null && coherency == Coherency.NotEnforced, plan.Warning is not null);
        Assert.True(plan.Interface is null || plan.Reasons.Count >= 2);
    }

    public static TheoryData<InterfaceChoice, NonCoherentDma, Coherency, bool, string> AfterAttach() => new()
    {
        // Opened by device node after an unknown (or a wrong) verdict; then the kernel told. Last but one: whether the group can be had.
        { InterfaceChoice.Auto, NonCoherentDma.Allow, Coherency.Enforced, true, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.Allow, Coherency.NotEnforced, true, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.Allow, Coherency.Unknown, true, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.Enforced, true, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.NotEnforced, true, "Group" },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.Unknown, true, "Group" },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.Enforced, false, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.NotEnforced, false, Refused },
        { InterfaceChoice.Auto, NonCoherentDma.UseGroup, Coherency.Unknown, false, Refused },
        { InterfaceChoice.Auto, NonCoherentDma.Refuse, Coherency.Enforced, true, "Device" },
        { InterfaceChoice.Auto, NonCoherentDma.Refuse, Coherency.NotEnforced, true, Refused },
        { InterfaceChoice.Auto, NonCoherentDma.Refuse, Coherency.Unknown, true, Refused },
        { InterfaceChoice.Device, NonCoherentDma.Allow, Coherency.NotEnforced, true, "Device" },
        { InterfaceChoice.Device, NonCoherentDma.UseGroup, Coherency.Enforced, true, "Device" },
        { InterfaceChoice.Device, NonCoherentDma.UseGroup, Coherency.NotEnforced, true, Refused },
        { InterfaceChoice.Device, NonCoherentDma.UseGroup, Coherency.Unknown, true, Refused },
        { InterfaceChoice.Device, NonCoherentDma.Refuse, Coherency.Unknown, true, Refused },
    };

    [Theory]
    [MemberData(nameof(AfterAttach))]
    public void The_kernels_verdict_overrides_a_plan_by_device_node(
        InterfaceChoice choice, NonCoherentDma policy, Coherency measured, bool group, string expected)
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(Coherency.Unknown, group: group), new DevicePolicy(choice, policy));
        Assert.Equal(VfioInterface.Device, plan.Interface);
        InterfacePlan confirmed = plan.Confirm(new CoherencyVerdict(measured, "VFIO_DMA_CC_IOMMU"));
        Assert.Equal(expected, Outcome(confirmed));
        Assert.True(confirmed.Coherency.Confirmed);
        Assert.Equal("VFIO_DMA_CC_IOMMU", confirmed.Coherency.Evidence);
    }

    [Theory]
    [InlineData(NonCoherentDma.UseGroup, Coherency.Enforced, "Group")]
    [InlineData(NonCoherentDma.UseGroup, Coherency.NotEnforced, "Group")]
    [InlineData(NonCoherentDma.UseGroup, Coherency.Unknown, "Group")]
    [InlineData(NonCoherentDma.Allow, Coherency.NotEnforced, "Group")]
    [InlineData(NonCoherentDma.Refuse, Coherency.Enforced, "Group")]
    [InlineData(NonCoherentDma.Refuse, Coherency.NotEnforced, Refused)]
    [InlineData(NonCoherentDma.Refuse, Coherency.Unknown, Refused)]
    public void Opened_by_group_it_stays_so_unless_refused(NonCoherentDma policy, Coherency measured, string expected)
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(Coherency.Unknown, device: false), new DevicePolicy(NonCoherentDma: policy));
        Assert.Equal(VfioInterface.Group, plan.Interface);
        Assert.Equal(expected, Outcome(plan.Confirm(new CoherencyVerdict(measured, "asked"))));
    }

    [Fact]
    public void Confirming_keeps_what_was_decided_and_adds_the_verdict_last()
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(Coherency.Enforced), new DevicePolicy());
        InterfacePlan confirmed = plan.Confirm(new CoherencyVerdict(Coherency.Enforced, "the kernel's word"));
        Assert.Equal(plan.RuledOut, confirmed.RuledOut);
        Assert.Equal(plan.Reasons, confirmed.Reasons.SkipLast(1));
        Assert.Contains("the kernel's word", confirmed.Reasons[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Reopening_by_group_rules_the_device_node_out()
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(Coherency.Unknown), new DevicePolicy(NonCoherentDma: NonCoherentDma.UseGroup));
        InterfacePlan confirmed = plan.Confirm(new CoherencyVerdict(Coherency.NotEnforced, "asked"));
        Assert.Equal(VfioInterface.Group, confirmed.Interface);
        Assert.Equal(VfioInterface.Device, Assert.Single(confirmed.RuledOut).Interface);
    }

    [Fact]
    public void A_verdict_that_contradicts_sysfs_wins()
    {
        InterfacePlan plan = InterfacePlan.Decide(Facts(Coherency.Enforced), new DevicePolicy(NonCoherentDma: NonCoherentDma.Refuse));
        Assert.Equal(VfioInterface.Device, plan.Interface);
        InterfacePlan confirmed = plan.Confirm(new CoherencyVerdict(Coherency.NotEnforced, "asked"));
        Assert.IsType<VfioRefusedException>(confirmed.ToException());
    }

    [Fact]
    public void The_policies_defaults_are_auto_and_allow()
        => Assert.Equal(new DevicePolicy(InterfaceChoice.Auto, NonCoherentDma.Allow), new DevicePolicy());

    private static PlanProblem ProblemOf(DeviceFacts facts, InterfaceChoice choice = InterfaceChoice.Auto)
    {
        InterfacePlan plan = InterfacePlan.Decide(facts, new DevicePolicy(choice));
        Assert.Null(plan.Interface);
        Assert.False(plan.RefusedByPolicy);
        Assert.Equal(2, plan.RuledOut.Count);
        VfioException e = plan.ToException();
        Assert.Contains(plan.Problem!.Message, e.Message, StringComparison.Ordinal);
        Assert.Equal(plan.Problem.Errno, e.Errno);
        return plan.Problem;
    }

    private static DeviceFacts With(DeviceFacts facts, Func<PciFunction, PciFunction> change, params PciFunction[] peers)
    {
        PciFunction function = change(facts.Function);
        return facts with
        {
            Function = function,
            Group = function.GroupId is null ? null : facts.Group! with { Functions = [function, .. peers] },
        };
    }

    [Fact]
    public void An_unviable_group_names_functions_and_drivers_and_needs_them_bound()
    {
        PciFunction peer = Function with { Address = PciAddress.Parse("0000:01:00.1"), Driver = "ahci", VfioName = null };
        PciFunction bridge = Function with { Address = PciAddress.Parse("0000:00:1c.0"), Driver = "pcieport", VfioName = null, ClassCode = 0x060400 };
        DeviceFacts facts = With(Facts(), function => function, peer, bridge);
        PlanProblem problem = ProblemOf(facts);
        Assert.Equal(Errno.EPERM, problem.Errno);
        Assert.Equal("Group 7 is not viable: 0000:01:00.1 is held by ahci.", problem.Message);
        Assert.Equal([peer.Address], InterfacePlan.Decide(facts, new DevicePolicy()).Needs.ToBind);
    }

    [Fact]
    public void An_unbound_function_is_told_to_be_bound_and_what_else_is_in_the_way()
    {
        PciFunction peer = Function with { Address = PciAddress.Parse("0000:01:00.1"), Driver = "ahci", VfioName = null };
        DeviceFacts facts = With(Facts(), function => function with { Driver = "nvme", VfioName = null, Nodes = new FunctionNodes(null, null, Ready, Ready) }, peer);
        PlanProblem problem = ProblemOf(facts);
        Assert.Equal(Errno.ENODEV, problem.Errno);
        Assert.Contains("driver nvme holds it", problem.Message, StringComparison.Ordinal);
        Assert.Contains("vfio bind 0000:01:00.0", problem.Advice, StringComparison.Ordinal);
        InterfacePlan plan = InterfacePlan.Decide(facts, new DevicePolicy());
        Assert.Equal([Address, peer.Address], plan.Needs.ToBind);
        Assert.Contains(plan.Reasons, reason => reason.Contains("0000:01:00.1 is held by ahci", StringComparison.Ordinal));
        Assert.DoesNotContain(plan.Reasons, reason => reason.Contains("0000:01:00.0 is held by nvme", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(IommuStatus.OffInKernel, "intel_iommu=on")]
    [InlineData(IommuStatus.OffInFirmware, "firmware setup")]
    [InlineData(IommuStatus.Absent, "--soft")]
    [InlineData(IommuStatus.Unknown, "dmesg")]
    public void No_IOMMU_says_where_it_was_lost(IommuStatus status, string advice)
    {
        DeviceFacts facts = With(Facts(), function => function with { GroupId = null, Driver = null, VfioName = null }) with { IommuStatus = status };
        PlanProblem problem = ProblemOf(facts);
        Assert.Equal(Errno.EINVAL, problem.Errno);
        Assert.Contains(advice, problem.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_with_no_group_on_a_machine_with_an_IOMMU_may_get_one_by_binding()
    {
        // As virtio-iommu on 6.12 does: seen on the guest.
        DeviceFacts facts = With(Facts(), function => function with { GroupId = null, Driver = null, VfioName = null });
        Assert.Contains("no IOMMU group so far", ProblemOf(facts).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_platform_reserved_device_is_foretold()
    {
        DeviceFacts facts = Facts();
        facts = facts with { Group = facts.Group! with { ReservedRegions = [new ReservedRegion(0x7b800000, 0x7fffffff, "direct")] } };
        PlanProblem problem = ProblemOf(facts);
        Assert.Equal(Errno.EINVAL, problem.Errno);
        Assert.Contains("RMRR", problem.Message, StringComparison.Ordinal);
        facts = facts with { Group = facts.Group! with { ReservedRegions = [new ReservedRegion(0, 0xFFFFFF, "direct-relaxable"), new ReservedRegion(0xFEE00000, 0xFEEFFFFF, "msi")] } };
        Assert.Equal(VfioInterface.Device, InterfacePlan.Decide(facts, new DevicePolicy()).Interface);
    }

    [Fact]
    public void MSI_that_is_not_isolated_names_the_parameter_last_and_its_risk()
    {
        DeviceFacts facts = Facts() with
        {
            MsiIsolation = MsiIsolation.NotIsolated,
            MsiIsolationEvidence = "no remapping",
            IommufdAllowsUnsafeInterrupts = false,
            Type1AllowsUnsafeInterrupts = false,
        };
        PlanProblem problem = ProblemOf(facts);
        Assert.Equal(Errno.EPERM, problem.Errno);
        int remapping = problem.Advice.IndexOf("interrupt remapping", StringComparison.OrdinalIgnoreCase);
        int parameter = problem.Advice.IndexOf("iommufd.allow_unsafe_interrupts=1", StringComparison.Ordinal);
        int risk = problem.Advice.IndexOf("risk", StringComparison.OrdinalIgnoreCase);
        Assert.True(0 <= remapping && remapping < parameter && parameter < risk, problem.Advice);
        Assert.Contains("vfio_iommu_type1.allow_unsafe_interrupts", ProblemOf(facts, InterfaceChoice.Group).Advice, StringComparison.Ordinal);
        Assert.Contains("vfio_iommu_type1.allow_unsafe_interrupts", ProblemOf(facts with { IommufdAllowsUnsafeInterrupts = true }, InterfaceChoice.Group).Advice, StringComparison.Ordinal);
        Assert.Equal(VfioInterface.Group, InterfacePlan.Decide(facts with { Type1AllowsUnsafeInterrupts = true }, new DevicePolicy()).Interface);
        Assert.Equal(VfioInterface.Device, InterfacePlan.Decide(facts with { IommufdAllowsUnsafeInterrupts = true }, new DevicePolicy()).Interface);
        Assert.Equal(VfioInterface.Device, InterfacePlan.Decide(facts with { MsiIsolation = MsiIsolation.Unknown }, new DevicePolicy()).Interface);
    }

    [Theory]
    [InlineData(NodeState.Missing, Errno.ENOENT, "although sysfs shows")]
    [InlineData(NodeState.Wrong, Errno.ENXIO, "not the device that sysfs names")]
    [InlineData(NodeState.NoAccess, Errno.EACCES, "No permission")]
    public void A_node_that_cannot_be_used_says_why(NodeState state, Errno errno, string text)
    {
        DeviceNode node = new("/dev/vfio/devices/vfio0", state) { ExpectedNumbers = "251:0", Mode = 0x180, UserId = 0, GroupId = 0 };
        DeviceFacts facts = With(Facts(), function => function with { Nodes = function.Nodes with { Device = node } });
        PlanProblem problem = ProblemOf(facts, InterfaceChoice.Device);
        Assert.Equal(errno, problem.Errno);
        Assert.Contains(text, problem.Message, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Advice);

        // Auto takes the group and says why not the device node.
        InterfacePlan auto = InterfacePlan.Decide(facts, new DevicePolicy());
        Assert.Equal(VfioInterface.Group, auto.Interface);
        Assert.Contains(text, Assert.Single(auto.RuledOut).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_permission_is_a_need_with_the_rule_that_grants_it()
    {
        DeviceNode node = new("/dev/vfio/devices/vfio0", NodeState.NoAccess) { ExpectedNumbers = "251:0", Mode = 0x180, UserId = 0, GroupId = 0 };
        DeviceFacts facts = With(Facts(), function => function with { Nodes = function.Nodes with { Device = node } });
        string privilege = Assert.Single(InterfacePlan.Decide(facts, new DevicePolicy(InterfaceChoice.Device)).Needs.Privileges);
        Assert.Contains("/dev/vfio/devices/vfio0", privilege, StringComparison.Ordinal);
        Assert.Contains("SUBSYSTEM==\"vfio-dev\"", privilege, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_node_without_iommufd_is_not_enough()
    {
        DeviceNode missing = new("/dev/iommu", NodeState.Missing);
        DeviceFacts facts = With(Facts(), function => function with { Nodes = function.Nodes with { Iommufd = missing } });
        Assert.Contains("CONFIG_IOMMUFD", ProblemOf(facts, InterfaceChoice.Device).Message, StringComparison.Ordinal);
        Assert.Equal(VfioInterface.Group, InterfacePlan.Decide(facts, new DevicePolicy()).Interface);
    }

    [Theory]
    [InlineData(true, false, false, "bridge")]
    [InlineData(false, true, false, "IOMMU itself")]
    [InlineData(false, false, true, "no-IOMMU mode")]
    public void What_is_never_handed_out_says_so(bool bridge, bool iommu, bool noIommu, string text)
    {
        DeviceFacts facts = With(Facts(), function => function with { ClassCode = bridge ? 0x060400u : 0, IsIommu = iommu, IsNoIommu = noIommu });
        Assert.Contains(text, ProblemOf(facts).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_memlock_limit_is_among_the_needs()
        => Assert.Equal(65536ul, InterfacePlan.Decide(Facts() with { MemlockLimit = 65536 }, new DevicePolicy()).Needs.MemlockLimit);

    [Fact]
    public void A_plan_that_opens_makes_no_exception()
        => Assert.Throws<InvalidOperationException>(() => InterfacePlan.Decide(Facts(), new DevicePolicy()).ToException());
}
