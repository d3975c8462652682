using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class DiscoveryTests
{
    [Fact]
    public void A_bound_function_is_read_in_full()
    {
        FakeMachine machine = FakeSysfs.Intel();
        PciFunction edu = machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu));
        Assert.Equal((0x1234, 0x11e8, 0x1af4, 0x1100), (edu.VendorId, edu.DeviceId, edu.SubsystemVendorId, edu.SubsystemDeviceId));
        Assert.Equal(("vfio-pci", "vfio-pci", "vfio0"), (edu.Driver, edu.DriverOverride, edu.VfioName));
        Assert.Equal((1, "dmar0", IommuType.IntelVtd), (edu.GroupId, edu.IommuName, edu.IommuType));
        Assert.Equal(new DeviceNode("/dev/vfio/devices/vfio0", NodeState.Ready) { ExpectedNumbers = "251:0", Mode = 0x180, UserId = 0, GroupId = 0 }, edu.Nodes.Device);
        Assert.Equal("/dev/vfio/1", edu.Nodes.Group!.Path);
        Assert.True(edu.Nodes.Group.IsReady && edu.Nodes.Iommufd!.IsReady && edu.Nodes.Container!.IsReady);
        Assert.Equal([new PciResource(0, 0xfea00000, 0x100000, 0x40200), new PciResource(2, 0xc000, 0x100, 0x40101)], edu.Resources);
        Assert.True(edu.Resources[0].IsMemory && edu.Resources[1].IsIo);
        Assert.Null(edu.NumaNode);
        Assert.True(edu.IsVfioBound);
        Assert.False(edu.IsBridge || edu.IsIommu || edu.IsNoIommu);
        Assert.Equal(0, machine.OpenCount);
    }

    [Fact]
    public void A_function_on_its_own_driver_has_no_nodes()
    {
        PciFunction nvme = FakeSysfs.Intel().Host.GetFunction(FakeSysfs.Address(FakeSysfs.Nvme));
        Assert.Equal(("nvme", null, "NVMe controller"), (nvme.Driver, nvme.DriverOverride, nvme.ClassName));
        Assert.Null(nvme.Nodes.Device);
        Assert.Null(nvme.Nodes.Group);
        Assert.False(nvme.IsVfioBound);
    }

    [Fact]
    public void A_name_in_sysfs_is_no_node()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Remove("/dev/vfio/devices");
        DeviceNode node = machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu)).Nodes.Device!;
        Assert.Equal((NodeState.Missing, "251:0"), (node.State, node.ExpectedNumbers));

        // A kernel without device nodes names its VFIO devices but gives them no numbers.
        machine.Remove($"/sys/devices/pci0000:00/{FakeSysfs.Edu}/vfio-dev/vfio0/dev");
        node = machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu)).Nodes.Device!;
        Assert.Equal((NodeState.Missing, null), (node.State, node.ExpectedNumbers));
    }

    [Fact]
    public void A_node_with_other_numbers_or_of_another_kind_is_wrong()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.CharNode("/dev/vfio/devices/vfio0", 251, 7).File("/dev/vfio/1", "");
        PciFunction edu = machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu));
        Assert.Equal(NodeState.Wrong, edu.Nodes.Device!.State);
        Assert.Equal(NodeState.Wrong, edu.Nodes.Group!.State);
    }

    [Fact]
    public void A_node_that_may_not_be_opened_is_told_apart_from_a_missing_one()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.CharNode("/dev/vfio/devices/vfio0", 251, 0, accessible: false);
        Assert.Equal(NodeState.NoAccess, machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu)).Nodes.Device!.State);
    }

    [Fact]
    public void Functions_come_in_order_and_what_is_no_address_is_passed_over()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Directory("/sys/bus/pci/devices/nonsense").Directory("/sys/bus/pci/devices/0000:00:09.0");
        Assert.Equal([FakeSysfs.Edu, FakeSysfs.Nvme], machine.Host.ListFunctions().Select(function => function.Address.ToString()));
    }

    [Fact]
    public void Without_a_PCI_bus_the_list_is_an_error_that_says_so()
    {
        VfioException e = Assert.Throws<VfioException>(() => new FakeMachine().Host.ListFunctions());
        Assert.Equal(Errno.ENOENT, e.Errno);
        Assert.Contains("/sys/bus/pci/devices", e.Message, StringComparison.Ordinal);
        Assert.Contains("no PCI bus", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_with_no_function_is_ENODEV()
    {
        VfioException e = Assert.Throws<VfioException>(() => FakeSysfs.Intel().Host.Examine(FakeSysfs.Address("0000:07:00.0")));
        Assert.Equal((Errno.ENODEV, "0000:07:00.0"), (e.Errno, e.Path));
    }

    [Fact]
    public void A_group_knows_its_functions_and_what_keeps_it_back()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Function("0000:00:03.0", 0x8086, 0x2922, 0x010601, 1, null, "ahci")
            .Function("0000:00:04.0", 0x8086, 0x2918, 0x060400, 1, null, "pcieport")
            .Function("0000:00:06.0", 0x8086, 0x2918, 0x000000, 1, null, "pci-stub")
            .Function("0000:00:07.0", 0x8086, 0x2918, 0x000000, 1, null);
        IommuGroup group = machine.Host.GetGroup(1);
        Assert.Equal(5, group.Functions.Count);
        Assert.Equal(["0000:00:03.0"], group.Blockers.Select(function => function.Address.ToString()));
        Assert.Equal([new ReservedRegion(0xFEE00000, 0xFEEFFFFF, "msi")], group.ReservedRegions);
        Assert.Equal("DMA-FQ", group.Type);
        Assert.Equal(Errno.ENOENT, Assert.Throws<VfioException>(() => machine.Host.GetGroup(99)).Errno);
    }

    [Fact]
    public void An_IOMMU_that_is_a_function_is_known_as_one()
    {
        Assert.True(FakeSysfs.Amd().Host.GetFunction(FakeSysfs.Address("0000:00:00.2")).IsIommu);
        Assert.True(FakeSysfs.Virtio(true).Host.GetFunction(FakeSysfs.Address("0000:00:05.0")).IsIommu);
    }

    [Fact]
    public void No_IOMMU_mode_is_seen_by_its_group_node()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Remove("/sys/class/vfio/1");
        machine.File("/sys/class/vfio/noiommu-1/dev", "252:9\n").CharNode("/dev/vfio/noiommu-1", 252, 9);
        PciFunction edu = machine.Host.GetFunction(FakeSysfs.Address(FakeSysfs.Edu));
        Assert.True(edu.IsNoIommu);
        Assert.Equal("/dev/vfio/noiommu-1", edu.Nodes.Group!.Path);
    }

    [Fact]
    public void A_root_stands_before_every_path()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("vfio-");
        try
        {
            string device = Path.Combine(root.FullName, "sys/bus/pci/devices/0000:00:01.0");
            Directory.CreateDirectory(device);
            File.WriteAllText(Path.Combine(device, "vendor"), "0x1234\n");
            File.WriteAllText(Path.Combine(device, "device"), "0x11e8\n");
            Directory.CreateSymbolicLink(Path.Combine(device, "driver"), "../../../../bus/pci/drivers/edu");
            Directory.CreateDirectory(Path.Combine(root.FullName, "dev/vfio"));
            File.WriteAllText(Path.Combine(root.FullName, "dev/vfio/vfio"), "");
            PciFunction function = Assert.Single(new VfioHost(VfioHost.Local.Calls, root.FullName).ListFunctions());
            Assert.Equal((0x1234, "edu"), (function.VendorId, function.Driver));
            Assert.Equal(new DeviceNode($"{root.FullName}/dev/iommu", NodeState.Missing), function.Nodes.Iommufd);
            Assert.Equal(NodeState.Wrong, function.Nodes.Container!.State);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
