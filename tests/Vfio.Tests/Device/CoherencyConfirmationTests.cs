using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class CoherencyConfirmationTests
{
    private static readonly PciAddress s_address = PciAddress.Parse("0000:00:01.0");
    private readonly ScriptedKernel _kernel = new();

    [Theory]
    [InlineData(1, Coherency.Enforced)]
    [InlineData(0, Coherency.NotEnforced)]
    [InlineData(-22, Coherency.Unknown)]
    public void The_kernel_is_asked_after_the_attach_and_the_compat_space_is_cleared_again(int answer, Coherency verdict)
    {
        _kernel.EnforcesCoherency = answer;
        using VfioDevice device = VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
        _kernel.Log.Clear();
        device.ConfirmCoherency();
        Assert.Equal(["VFIO_IOAS get", "VFIO_IOAS set 2", "CHECK_EXTENSION iommufd", "VFIO_IOAS clear"], _kernel.Log);
        Assert.Equal(verdict, device.Coherency.Verdict);
        Assert.Equal(verdict != Coherency.Unknown, device.Coherency.Confirmed);
    }

    [Fact]
    public void A_compat_space_of_somebody_else_is_put_back()
    {
        using VfioFileHandle handle = VfioFileHandle.Open(_kernel, ScriptedKernel.DeviceNode, OpenFlags.ReadWrite);
        using IommufdContext iommufd = new(VfioFileHandle.Open(_kernel, ScriptedKernel.IommufdNode, OpenFlags.ReadWrite));
        _kernel.CompatIoas = 77;
        using VfioDevice device = VfioDevice.FromDeviceHandle(handle, iommufd, s_address);
        Assert.Equal(77u, _kernel.CompatIoas);
        Assert.Equal(Coherency.Enforced, device.Coherency.Verdict);
        Assert.True(_kernel.Log.IndexOf("ATTACH 2") < _kernel.Log.IndexOf("VFIO_IOAS get"));
    }

    [Fact]
    public void A_no_about_a_shared_space_says_nothing_of_this_device()
    {
        _kernel.EnforcesCoherency = 0;
        using VfioFileHandle handle = VfioFileHandle.Open(_kernel, ScriptedKernel.DeviceNode, OpenFlags.ReadWrite);
        using IommufdContext iommufd = new(VfioFileHandle.Open(_kernel, ScriptedKernel.IommufdNode, OpenFlags.ReadWrite));
        using Ioas shared = iommufd.AllocateIoas();
        using VfioDevice device = VfioDevice.FromDeviceHandle(handle, iommufd, s_address, ioas: shared);
        Assert.Equal(Coherency.Unknown, device.Coherency.Verdict);
    }

    [Theory]
    [InlineData("VFIO_IOAS get")]
    [InlineData("VFIO_IOAS set 2")]
    [InlineData("VFIO_IOAS clear")]
    public void A_question_that_cannot_be_asked_or_undone_leaves_the_verdict_unknown(string step)
    {
        _kernel.Answers[step] = -(int)Errno.EPERM;
        using VfioDevice device = VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
        device.ConfirmCoherency();
        Assert.Equal(Coherency.Unknown, device.Coherency.Verdict);
        Assert.Contains("EPERM", device.Coherency.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void By_group_the_container_is_asked_after_the_iommu_is_set()
    {
        _kernel.EnforcesCoherency = 0;
        using VfioDevice device = VfioDevice.OpenByGroup(_kernel, s_address, ScriptedKernel.GroupNode, ScriptedKernel.ContainerNode);
        device.ConfirmCoherency();
        Assert.True(_kernel.Log.IndexOf("SET_IOMMU 3") < _kernel.Log.IndexOf("CHECK_EXTENSION container"));
        Assert.Equal(Coherency.NotEnforced, device.Coherency.Verdict);
    }

    [Fact]
    public void The_verdict_overrides_the_plan_and_the_device_is_closed_before_the_group_is_opened()
    {
        _kernel.EnforcesCoherency = 0;
        using VfioDevice device = Open(new DevicePolicy(NonCoherentDma: NonCoherentDma.UseGroup));
        Assert.Equal(VfioInterface.Group, device.Interface);
        Assert.Equal(VfioInterface.Group, device.Plan!.Interface);
        Assert.Equal(Coherency.NotEnforced, device.Coherency.Verdict);
        int closed = _kernel.Log.IndexOf($"close {ScriptedKernel.IommufdNode}");
        Assert.True(closed > 0 && closed < _kernel.Log.IndexOf($"open {ScriptedKernel.GroupNode}"));
    }

    [Fact]
    public void A_verdict_still_unknown_goes_by_group_where_the_policy_wants_it()
    {
        _kernel.EnforcesCoherency = -(int)Errno.EINVAL;
        using VfioDevice device = Open(new DevicePolicy(NonCoherentDma: NonCoherentDma.UseGroup));
        Assert.Equal(VfioInterface.Group, device.Interface);
    }

    [Fact]
    public void A_coherent_device_stays_where_the_plan_put_it()
    {
        using VfioDevice device = Open(new DevicePolicy(NonCoherentDma: NonCoherentDma.UseGroup));
        Assert.Equal(VfioInterface.Device, device.Interface);
        Assert.DoesNotContain($"open {ScriptedKernel.GroupNode}", _kernel.Log);
    }

    [Theory]
    [InlineData(InterfaceChoice.Auto, NonCoherentDma.Refuse, 0)]
    [InlineData(InterfaceChoice.Auto, NonCoherentDma.Refuse, -22)]
    [InlineData(InterfaceChoice.Device, NonCoherentDma.UseGroup, 0)]
    [InlineData(InterfaceChoice.Group, NonCoherentDma.Refuse, 0)]
    public void A_verdict_against_the_policy_refuses_and_leaves_nothing_open(InterfaceChoice choice, NonCoherentDma policy, int answer)
    {
        _kernel.EnforcesCoherency = answer;
        Assert.Throws<VfioRefusedException>(() => Open(new DevicePolicy(choice, policy)));
        Assert.Contains(_kernel.Log, static call => call.StartsWith("CHECK_EXTENSION", StringComparison.Ordinal));
        Assert.Empty(_kernel.OpenPaths);
    }

    private static DeviceNode Node(string path) => new(path, NodeState.Ready) { ExpectedNumbers = "1:1" };

    private VfioDevice Open(DevicePolicy policy)
    {
        PciFunction function = new()
        {
            Address = s_address,
            VendorId = 0x1234,
            DeviceId = 0x11e8,
            Driver = "vfio-pci",
            VfioName = "vfio0",
            GroupId = 7,
            Nodes = new FunctionNodes(
                Node(ScriptedKernel.DeviceNode),
                Node(ScriptedKernel.GroupNode),
                Node(ScriptedKernel.IommufdNode),
                Node(ScriptedKernel.ContainerNode)),
        };
        DeviceFacts facts = new()
        {
            Function = function,
            Group = new IommuGroup { Id = 7, Functions = [function] },
            IommuStatus = IommuStatus.Active,
            Coherency = new CoherencyVerdict(Coherency.Unknown, "sysfs does not tell"),
        };
        return new VfioHost(_kernel).Open(InterfacePlan.Decide(facts, policy));
    }
}
