using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>Functions that leave the bus and come back.</summary>
public sealed class HotplugTests : IDisposable
{
    private readonly EduMachine _machine = new();

    private string Address => _machine.Edu.Address.ToString();

    private string Directory => $"/sys/bus/pci/devices/{Address}";

    [Fact]
    public void A_removed_function_leaves_no_entry_and_a_rescan_finds_it_again()
    {
        Assert.Equal(-(int)Errno.EINVAL, _machine.WriteFile($"{Directory}/remove", "x"));
        Assert.Equal(1, _machine.WriteFile($"{Directory}/remove", "0"));
        Assert.Equal(0, _machine.Calls.Access(Directory, AccessMode.Exists));
        Assert.Equal(1, _machine.WriteFile($"{Directory}/remove", "1"));
        foreach (string path in (string[])[Directory, $"/sys/devices/pci0000:00/{Address}", $"/sys/kernel/iommu_groups/{_machine.Edu.GroupId}", _machine.Group,
            "/dev/vfio/devices/vfio0", $"/sys/bus/pci/drivers/vfio-pci/{Address}", $"/sys/class/iommu/dmar0/devices/{Address}"])
        {
            Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Access(path, AccessMode.Exists));
        }

        Assert.Equal(-(int)Errno.ENODEV, _machine.WriteFile("/sys/bus/pci/drivers_probe", Address));
        Assert.Equal(1, _machine.WriteFile("/sys/bus/pci/rescan", "1"));
        Assert.Equal(0, _machine.Calls.Access($"/sys/kernel/iommu_groups/{_machine.Edu.GroupId}/devices/{Address}", AccessMode.Exists));

        // Nobody has told it about vfio-pci.
        Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Access($"{Directory}/driver", AccessMode.Exists));
        Assert.Equal(8, _machine.WriteFile($"{Directory}/driver_override", "vfio-pci"));
        Assert.Equal(12, _machine.WriteFile("/sys/bus/pci/drivers_probe", Address));
        int device = _machine.OpenBound();
        Assert.Equal(0x010000edu, _machine.Read32(device, 0));
    }

    [Fact]
    public async Task Removing_an_open_function_asks_its_user_and_waits_for_the_last_close()
    {
        int device = _machine.OpenBound();
        int request = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(0, _machine.SetIrqs(device, VfioUapi.VFIO_PCI_REQ_IRQ_INDEX, 0x24, request));
        Task<int> remove = Task.Run(() => _machine.WriteFile($"{Directory}/remove", "1"), TestContext.Current.CancellationToken);
        Assert.Equal(1u, _machine.Wait(request));
        Assert.False(remove.IsCompleted);
        Assert.Equal(0x010000edu, _machine.Read32(device, 0));
        _machine.Calls.Close(device);
        Assert.Equal(1, await remove.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Access(Directory, AccessMode.Exists));
    }

    [Fact]
    public void A_function_pulled_out_reads_as_ones_and_its_user_is_asked_to_let_go()
    {
        int device = _machine.OpenBound();
        int request = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(0, _machine.SetIrqs(device, VfioUapi.VFIO_PCI_REQ_IRQ_INDEX, 0x24, request));
        Assert.Equal(2, _machine.Calls.Pwrite(device, [6, 0], EduMachine.Config + 4));
        _machine.Soft.Unplug(Address);
        Assert.Equal(1u, _machine.Wait(request));
        Assert.Equal(uint.MaxValue, _machine.Read32(device, 0));
        _machine.Write32(device, 4, 1);
        byte[] revision = new byte[1];
        Assert.Equal(1, _machine.Calls.Pread(device, revision, EduMachine.Config + 8));
        Assert.Equal(0xff, revision[0]);
        _machine.Calls.Close(device);
        Assert.True(SpinWait.SpinUntil(() => _machine.Calls.Access(Directory, AccessMode.Exists) == -(int)Errno.ENOENT, TimeSpan.FromSeconds(30)));
        Assert.Equal(1, _machine.WriteFile("/sys/bus/pci/rescan", "1"));
        Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Access(Directory, AccessMode.Exists));
        Assert.Throws<ArgumentException>(() => _machine.Soft.Unplug(Address));
    }

    [Fact]
    public void What_plays_a_function_gives_its_thread_back_once_the_function_is_pulled_out()
    {
        // One that can be reset is stopped when its user closes it. No other test has a function here.
        const string Controller = "0000:00:1d.0";
        const int CapabilitiesOfExpress = 0x84;
        const uint Flr = 1 << 28;
        MachineTopology topology = SoftTopologies.Load("q35-intel");
        FunctionTopology nvme = topology.Functions.Single(static function => function.Address == "0000:00:02.0");
        byte[] config = nvme.Config.ToArray();
        uint capabilities = BitConverter.ToUInt32(config, CapabilitiesOfExpress);
        Assert.NotEqual(0u, capabilities & Flr);
        BitConverter.TryWriteBytes(config.AsSpan(CapabilitiesOfExpress), capabilities & ~Flr);
        FunctionTopology stubborn = nvme with { Address = Controller, Config = config, Model = "nvme", Driver = "vfio-pci", Store = new StoreTopology { Kind = "null", Size = 1 << 20 } };
        topology.Functions = [.. topology.Functions.Select(function => function == nvme ? stubborn : function)];
        using var machine = new Doubles.Machine(topology);
        string node = machine.List($"/sys/bus/pci/devices/{Controller}/vfio-dev").Single();
        int device = machine.Calls.Open($"/dev/vfio/devices/{node}", OpenFlags.ReadWrite);
        var bind = new VfioDeviceBindIommufd { Argsz = 24, Iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite) };
        Assert.Equal(0, machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind)));
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_RESET, 0));

        // Queues of 16 entries; enabled.
        Assert.Equal(4, machine.Calls.Pwrite(device, [0x0f, 0, 0x0f, 0], 0x24));
        Assert.Equal(4, machine.Calls.Pwrite(device, [0x01, 0, 0x46, 0], 0x14));
        Assert.True(SpinWait.SpinUntil(HasThread, TimeSpan.FromSeconds(30)));
        machine.Soft.Unplug(Controller);
        machine.Calls.Close(device);
        Assert.True(SpinWait.SpinUntil(static () => !HasThread(), TimeSpan.FromSeconds(30)));

        static bool HasThread() => System.IO.Directory.GetDirectories("/proc/self/task").Any(static task =>
        {
            try
            {
                return File.ReadAllText($"{task}/comm").StartsWith("nvme 0000:00:1d", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        });
    }

    [Fact]
    public void An_error_reaches_the_eventfd_of_who_has_the_function_open()
    {
        using var machine = new Doubles.Machine("q35-sriov");
        const string Nvme = "0000:00:02.0";
        machine.Write($"/sys/bus/pci/devices/{Nvme}/driver_override", "vfio-pci");
        machine.Write("/sys/bus/pci/drivers/nvme/unbind", Nvme);
        machine.Write("/sys/bus/pci/drivers_probe", Nvme);
        machine.Soft.ReportError(Nvme);
        int device = machine.Calls.Open("/dev/vfio/devices/vfio1", OpenFlags.ReadWrite);
        var bind = new VfioDeviceBindIommufd { Argsz = 24, Iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite) };
        Assert.Equal(0, machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind)));
        int error = machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        byte[] set = [24, 0, 0, 0, 0x24, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, .. BitConverter.GetBytes(error)];
        Assert.Equal(0, machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_SET_IRQS, set.AsSpan()));
        machine.Soft.ReportError(Nvme);
        machine.Soft.ReportError(Nvme);
        byte[] count = new byte[8];
        Assert.Equal(8, machine.Calls.Read(error, count));
        Assert.Equal(2ul, BitConverter.ToUInt64(count));
        Assert.Throws<ArgumentException>(() => machine.Soft.ReportError("0000:99:00.0"));
    }

    [Fact]
    public void What_stands_behind_a_bridge_goes_with_it_and_comes_back_behind_it()
    {
        using var machine = new Doubles.Machine("q35-sriov");
        const string Bridge = "/sys/bus/pci/devices/0000:00:04.0";
        const string Behind = "/sys/bus/pci/devices/0000:01:00.0";
        Assert.Equal("1", machine.Write($"{Bridge}/remove", "1"));
        Assert.False(machine.Exists(Behind));
        Assert.Equal("1", machine.Write("/sys/bus/pci/rescan", "1"));
        Assert.True(machine.Exists(Behind));
        Assert.Equal("../../../devices/pci0000:00/0000:00:04.0/0000:01:00.0", machine.Link(Behind));
        Assert.EndsWith("/drivers/nvme", machine.Link($"{Behind}/driver"), StringComparison.Ordinal);
    }

    public void Dispose() => _machine.Dispose();
}
