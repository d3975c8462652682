using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class DriverBindingTests
{
    private const string Directory = $"/sys/devices/pci0000:00/{FakeSysfs.Nvme}";
    private static readonly PciAddress Nvme = PciAddress.Parse(FakeSysfs.Nvme);

    /// <summary>What the kernel does on the three writes.</summary>
    private static FakeMachine WithKernel(bool probeFails = false, bool nodes = true, string nativeDriver = "nvme")
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.OnWrite = (path, text) =>
        {
            if (path == $"{Directory}/driver_override")
            {
                machine.File(path, text == "\n" ? "(null)\n" : text);
            }
            else if (path.EndsWith("/unbind", StringComparison.Ordinal))
            {
                machine.Remove($"{Directory}/driver");
                machine.Remove($"{Directory}/vfio-dev");
                machine.Remove("/sys/class/vfio/2");
                machine.Remove("/dev/vfio/2");
                machine.Remove("/dev/vfio/devices/vfio1");
            }
            else if (path == "/sys/bus/pci/drivers_probe" && machine.Host.GetFunction(Nvme) is { Driver: null } function)
            {
                if (function.DriverOverride is null && nativeDriver.Length > 0)
                {
                    machine.SetDriver(FakeSysfs.Nvme, nativeDriver);
                }
                else if (function.DriverOverride == "vfio-pci" && !probeFails)
                {
                    machine.BindToVfio(FakeSysfs.Nvme, 2, 1, nodes);
                }
            }
        };
        return machine;
    }

    private static BindResult Bind(FakeMachine machine, bool force = false)
        => machine.Host.Binding.Bind(Nvme, force, TestContext.Current.CancellationToken);

    [Fact]
    public void Binding_writes_override_unbind_probe_and_gives_the_node()
    {
        FakeMachine machine = WithKernel();
        BindResult result = Bind(machine);
        Assert.Equal(
        [
            $"{Directory}/driver_override vfio-pci",
            $"/sys/bus/pci/drivers/nvme/unbind {FakeSysfs.Nvme}",
            $"/sys/bus/pci/drivers_probe {FakeSysfs.Nvme}",
        ], machine.Writes);
        Assert.Equal("/dev/vfio/devices/vfio1", result.Function.Nodes.Device!.Path);
        Assert.True(result.Function.Nodes.Device.IsReady);
        Assert.Empty(result.Blockers);
        Assert.Empty(result.Overridden);
        Assert.Equal(0, machine.OpenCount);
    }

    [Fact]
    public void Binding_twice_does_nothing_more()
    {
        FakeMachine machine = WithKernel();
        Bind(machine);
        machine.Writes.Clear();
        Bind(machine);
        Assert.Empty(machine.Writes);
    }

    [Fact]
    public void A_hazard_refuses_before_anything_is_touched_and_force_goes_on()
    {
        FakeMachine machine = WithKernel().File($"{Directory}/boot_vga", "1\n");
        VfioRefusedException e = Assert.Throws<VfioRefusedException>(() => Bind(machine));
        Assert.Contains("boot display", e.Message, StringComparison.Ordinal);
        Assert.Contains("--force", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Writes);
        BindResult result = Bind(machine, force: true);
        Assert.Equal("the boot display", Assert.Single(result.Overridden).What);
    }

    [Fact]
    public void Peers_that_keep_the_group_back_are_named_and_not_touched()
    {
        FakeMachine machine = WithKernel().Function("0000:00:03.0", 1, 2, 0x010601, 2, null, "ahci");
        BindResult result = Bind(machine);
        PciFunction blocker = Assert.Single(result.Blockers);
        Assert.Equal(("0000:00:03.0", "ahci"), (blocker.Address.ToString(), blocker.Driver));
        Assert.DoesNotContain(machine.Writes, write => write.Contains("03.0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_probe_that_fails_gives_the_function_back_to_its_driver()
    {
        FakeMachine machine = WithKernel(probeFails: true);
        Assert.Throws<VfioException>(() => Bind(machine));
        PciFunction function = machine.Host.GetFunction(Nvme);
        Assert.Equal(("nvme", null), (function.Driver, function.DriverOverride));
    }

    [Fact]
    public void A_write_that_the_kernel_refuses_names_the_file()
    {
        FakeMachine machine = WithKernel();
        machine.OpenErrors[$"/sys/bus/pci/devices/{FakeSysfs.Nvme}/driver_override"] = Errno.EACCES;
        VfioException e = Assert.Throws<VfioException>(() => Bind(machine));
        Assert.Equal((Errno.EACCES, $"/sys/bus/pci/devices/{FakeSysfs.Nvme}/driver_override"), (e.Errno, e.Path));
        Assert.Contains("root", e.Advice, StringComparison.Ordinal);
        Assert.Equal("nvme", machine.Host.GetFunction(Nvme).Driver);
    }

    [Fact]
    public void Without_the_driver_nothing_is_touched()
    {
        FakeMachine machine = WithKernel();
        machine.Remove("/sys/bus/pci/drivers/vfio-pci");
        VfioException e = Assert.Throws<VfioException>(() => Bind(machine));
        Assert.Contains("modprobe vfio-pci", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Writes);
    }

    [Fact]
    public void Without_an_IOMMU_nothing_is_touched()
    {
        FakeMachine machine = WithKernel();
        machine.Remove("/sys/class/iommu/dmar0");
        machine.Remove($"{Directory}/iommu_group");
        VfioException e = Assert.Throws<VfioException>(() => Bind(machine));
        Assert.Equal((Errno.EINVAL, "bind"), (e.Errno, e.Operation));
        Assert.Empty(machine.Writes);
    }

    [Fact]
    public void An_IOMMU_is_never_taken_even_by_force()
    {
        FakeMachine machine = FakeSysfs.Virtio(true);
        Assert.Throws<VfioException>(() => machine.Host.Binding.Bind(PciAddress.Parse("0000:00:05.0"), force: true, TestContext.Current.CancellationToken));
        Assert.Empty(machine.Writes);
    }

    [Fact]
    public void Binding_waits_for_the_node_and_can_be_cancelled()
    {
        FakeMachine machine = WithKernel(nodes: false);
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => machine.Host.Binding.Bind(Nvme, cancellationToken: source.Token));
        Assert.Equal("vfio-pci", machine.Host.GetFunction(Nvme).Driver);

        // Bound already, and now the nodes have come.
        machine.CharNode("/dev/vfio/devices/vfio1", 251, 1).CharNode("/dev/vfio/2", 252, 2);
        Assert.True(Bind(machine).Function.Nodes.Group!.IsReady);
    }

    [Fact]
    public void A_kernel_without_device_nodes_is_not_waited_for()
    {
        FakeMachine machine = WithKernel();
        Bind(machine);
        machine.Remove("/dev/vfio/devices");
        machine.Remove($"{Directory}/vfio-dev/vfio1/dev");
        BindResult result = Bind(machine);
        Assert.Equal(NodeState.Missing, result.Function.Nodes.Device!.State);
    }

    [Fact]
    public void Unbinding_clears_the_override_and_lets_the_kernel_match_again()
    {
        FakeMachine machine = WithKernel();
        Bind(machine);
        machine.Writes.Clear();
        PciFunction function = machine.Host.Binding.Unbind(Nvme);
        Assert.Equal(
        [
            $"{Directory}/driver_override ",
            $"/sys/bus/pci/drivers/vfio-pci/unbind {FakeSysfs.Nvme}",
            $"/sys/bus/pci/drivers_probe {FakeSysfs.Nvme}",
        ], machine.Writes);
        Assert.Equal(("nvme", null), (function.Driver, function.DriverOverride));
    }

    [Fact]
    public void Unbinding_what_is_not_bound_says_who_holds_it()
    {
        VfioException e = Assert.Throws<VfioException>(() => WithKernel().Host.Binding.Unbind(Nvme));
        Assert.Contains("driver nvme holds it", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unbinding_a_device_in_use_names_the_process_and_does_not_wait_for_it()
    {
        FakeMachine machine = WithKernel();
        Bind(machine);
        machine.Writes.Clear();
        machine.OpenErrors["/dev/vfio/2"] = Errno.EBUSY;
        machine.Link("/proc/4711/fd/9", "/dev/vfio/devices/vfio1").File("/proc/4711/comm", "qemu-system-x86\n");
        VfioException e = Assert.Throws<VfioException>(() => machine.Host.Binding.Unbind(Nvme));
        Assert.Equal(Errno.EBUSY, e.Errno);
        Assert.Contains("qemu-system-x86 (pid 4711)", e.Message, StringComparison.Ordinal);
        Assert.Empty(machine.Writes);

        // By device node alone, on a kernel without groups.
        machine.OpenErrors.Clear();
        Assert.Equal(Errno.EBUSY, Assert.Throws<VfioException>(() => machine.Host.Binding.Unbind(Nvme)).Errno);
    }
}
