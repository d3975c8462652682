using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>Writes to sysfs, with the answers that Linux 7.2.13 gave in the guest.</summary>
public sealed class BindTests
{
    private const string Edu = "0000:00:01.0";
    private const string Nvme = "0000:00:02.0";
    private const string TestDevice = "0000:00:03.0";
    private const string Devices = "/sys/bus/pci/devices";
    private const string Drivers = "/sys/bus/pci/drivers";
    private const string Probe = "/sys/bus/pci/drivers_probe";

    [Theory]
    [InlineData(Probe, Edu, "12")]
    [InlineData(Probe, Edu + "\n", "13")]
    [InlineData(Probe, TestDevice, "12")]
    [InlineData(Probe, "0000:77:00.0", "-ENODEV")]
    [InlineData(Probe, "00:01.0", "-ENODEV")]
    [InlineData(Probe, "garbage", "-ENODEV")]
    [InlineData(Probe, "", "0")]
    [InlineData(Drivers + "/vfio-pci/bind", Edu, "-EBUSY")]
    [InlineData(Drivers + "/vfio-pci/bind", TestDevice, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/bind", Nvme, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/bind", "0000:77:00.0", "-ENODEV")]
    [InlineData(Drivers + "/nvme/bind", Edu, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", Nvme, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", TestDevice, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", Edu + "\n\n", "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", " " + Edu, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", Edu + "x", "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/unbind", Edu + "\n", "13")]
    [InlineData(Drivers + "/nvme/unbind", Edu, "-ENODEV")]
    [InlineData(Drivers + "/vfio-pci/new_id", "zz\n", "-EINVAL")]
    [InlineData(Drivers + "/vfio-pci/new_id", "1234\n", "-EINVAL")]
    [InlineData(Drivers + "/vfio-pci/remove_id", "1234 11e8\n", "-ENODEV")]
    [InlineData(Devices + "/" + TestDevice + "/enable", "0", "-EIO")]
    [InlineData(Devices + "/" + TestDevice + "/enable", "1", "1")]
    [InlineData(Devices + "/" + TestDevice + "/enable", "zz", "-EINVAL")]
    [InlineData("/sys/kernel/iommu_groups/1/type", "bogus", "-EINVAL")]
    [InlineData("/sys/module/iommufd/parameters/allow_unsafe_interrupts", "zz", "-EINVAL")]
    [InlineData("/sys/module/iommufd/parameters/allow_unsafe_interrupts", "Y", "1")]
    [InlineData(Devices + "/" + Edu + "/vendor", "x", "open -EACCES")]
    public void A_write_answers_as_in_the_guest(string path, string text, string answer)
    {
        using var machine = new Machine("q35-intel");

        Assert.Equal(answer, machine.Write(path, text));
    }

    [Fact]
    public void Driver_override_takes_what_stands_before_the_newline_and_an_empty_line_clears_it()
    {
        using var machine = new Machine("q35-intel");
        string path = $"{Devices}/{TestDevice}/driver_override";

        Assert.Equal("(null)\n", machine.Read(path));
        Assert.Equal("9", machine.Write(path, "vfio-pci\n"));
        Assert.Equal("vfio-pci\n", machine.Read(path));
        Assert.Equal("4", machine.Write(path, "x\ny\n"));
        Assert.Equal("x\n", machine.Read(path));
        Assert.Equal("0", machine.Write(path, ""));
        Assert.Equal("x\n", machine.Read(path));
        Assert.Equal("1", machine.Write(path, "\n"));
        Assert.Equal("(null)\n", machine.Read(path));
    }

    [Fact]
    public void Unbinding_takes_nodes_and_links_away_and_binding_brings_them_back()
    {
        using var machine = new Machine("q35-intel");
        string function = $"{Devices}/{Edu}";
        Assert.True(machine.Exists("/dev/vfio/devices/vfio0"));
        Assert.True(machine.Exists("/dev/vfio/1"));

        Assert.Equal("13", machine.Write($"{function}/driver/unbind", Edu + "\n"));

        Assert.Null(machine.Link($"{function}/driver"));
        Assert.DoesNotContain("vfio-dev", machine.List(function));
        Assert.Equal(["vfio"], machine.List("/dev/vfio"));
        Assert.Empty(machine.List("/sys/class/vfio"));
        Assert.Empty(machine.List("/sys/class/vfio-dev"));
        Assert.DoesNotContain(Edu, machine.List($"{Drivers}/vfio-pci"));

        Assert.Equal("13", machine.Write($"{Drivers}/vfio-pci/bind", Edu + "\n"));

        Assert.Equal("../../../bus/pci/drivers/vfio-pci", machine.Link($"{function}/driver"));
        Assert.Equal("251:0\n", machine.Read($"{function}/vfio-dev/vfio0/dev"));
        Assert.Equal(["1", "devices", "vfio"], machine.List("/dev/vfio"));
        Assert.Equal(["1"], machine.List("/sys/class/vfio"));
    }

    [Fact]
    public void A_function_goes_from_its_driver_to_vfio_and_back()
    {
        using var machine = new Machine("q35-intel");
        string function = $"{Devices}/{Nvme}";
        Assert.Equal(["nvme0n1"], machine.List("/sys/block"));
        Assert.Equal("1\n", machine.Read($"{function}/enable"));

        Assert.Equal("8", machine.Write($"{function}/driver_override", "vfio-pci"));
        Assert.Equal("12", machine.Write(Probe, Nvme));
        Assert.Equal("../../../bus/pci/drivers/nvme", machine.Link($"{function}/driver"));
        Assert.Equal("12", machine.Write($"{function}/driver/unbind", Nvme));
        Assert.Empty(machine.List("/sys/block"));
        Assert.DoesNotContain("nvme", machine.List(function));
        Assert.Equal("12", machine.Write(Probe, Nvme));
        Assert.Equal("../../../bus/pci/drivers/vfio-pci", machine.Link($"{function}/driver"));
        Assert.Equal("0\n", machine.Read($"{function}/enable"));
        Assert.Equal([0x03, 0x01], machine.ReadBytes($"{function}/config")[4..6]);
        Assert.Equal(["1", "2"], machine.List("/sys/class/vfio"));

        Assert.Equal("1", machine.Write($"{function}/driver_override", "\n"));
        Assert.Equal("12", machine.Write($"{function}/driver/unbind", Nvme));
        Assert.Equal("12", machine.Write(Probe, Nvme));
        Assert.Equal("../../../bus/pci/drivers/nvme", machine.Link($"{function}/driver"));
        Assert.Equal(["nvme0n1"], machine.List("/sys/block"));
        Assert.Equal([0x07, 0x05], machine.ReadBytes($"{function}/config")[4..6]);
    }

    [Fact]
    public void An_added_id_binds_and_removing_it_leaves_the_function_bound()
    {
        using var machine = new Machine("q35-intel");
        machine.Write($"{Drivers}/vfio-pci/unbind", Edu);
        machine.Write($"{Devices}/{Edu}/driver_override", "\n");
        machine.Write(Probe, Edu);
        Assert.Null(machine.Link($"{Devices}/{Edu}/driver"));

        Assert.Equal("10", machine.Write($"{Drivers}/vfio-pci/new_id", "1234 11e8\n"));
        Assert.NotNull(machine.Link($"{Devices}/{Edu}/driver"));
        Assert.Equal("-EEXIST", machine.Write($"{Drivers}/vfio-pci/new_id", "1234 11e8\n"));
        Assert.Equal("10", machine.Write($"{Drivers}/vfio-pci/remove_id", "1234 11e8\n"));
        Assert.NotNull(machine.Link($"{Devices}/{Edu}/driver"));
    }

    [Fact]
    public void An_added_id_of_all_ones_is_any_functions()
    {
        using var machine = new Machine("q35-intel");
        machine.Write($"{Drivers}/vfio-pci/unbind", Edu);
        machine.Write($"{Devices}/{Edu}/driver_override", "\n");

        Assert.Equal("14", machine.Write($"{Drivers}/vfio-pci/new_id", "1b36 ffffffff\n"));
        Assert.NotNull(machine.Link($"{Devices}/{TestDevice}/driver"));
        Assert.Null(machine.Link($"{Devices}/{Edu}/driver"));
        Assert.Equal("-EEXIST", machine.Write($"{Drivers}/vfio-pci/new_id", "1b36 5\n"));
        Assert.Equal("18", machine.Write($"{Drivers}/vfio-pci/new_id", "ffffffff ffffffff\n"));
        Assert.NotNull(machine.Link($"{Devices}/{Edu}/driver"));

        // What is taken away is the id that was added, and not what it matches.
        Assert.Equal("-ENODEV", machine.Write($"{Drivers}/vfio-pci/remove_id", "1b36 5\n"));
        Assert.Equal("14", machine.Write($"{Drivers}/vfio-pci/remove_id", "1b36 ffffffff\n"));
    }

    [Fact]
    public void An_override_to_a_driver_that_is_not_there_keeps_every_driver_away()
    {
        using var machine = new Machine("q35-intel");
        machine.Write($"{Drivers}/vfio-pci/unbind", Edu);

        Assert.Equal("6", machine.Write($"{Devices}/{Edu}/driver_override", "nosuch"));
        Assert.Equal("12", machine.Write(Probe, Edu));
        Assert.Null(machine.Link($"{Devices}/{Edu}/driver"));
        Assert.Equal("-ENODEV", machine.Write($"{Drivers}/vfio-pci/bind", Edu));
    }

    [Fact]
    public void Vfio_does_not_take_a_function_without_an_iommu()
    {
        using var machine = new Machine("lab");
        const string function = "0000:c0:00.0";

        machine.Write($"{Devices}/{function}/driver_override", "vfio-pci");
        Assert.Equal("12", machine.Write(Probe, function));
        Assert.Null(machine.Link($"{Devices}/{function}/driver"));
        Assert.Equal("-EINVAL", machine.Write($"{Drivers}/vfio-pci/bind", function));
    }

    [Fact]
    public void Unbinding_waits_until_the_device_is_closed()
    {
        using var machine = new Machine("q35-intel");
        int fd = machine.Calls.Open("/dev/vfio/devices/vfio0", Vfio.Uapi.OpenFlags.ReadWrite);
        string? answer = null;
        var unbind = new Thread(() => answer = machine.Write($"{Drivers}/vfio-pci/unbind", Edu));
        unbind.Start();
        Assert.True(SpinWait.SpinUntil(() => !machine.Exists("/dev/vfio/devices/vfio0"), TimeSpan.FromSeconds(30)));
        Assert.Null(answer);
        Assert.NotNull(machine.Link($"{Devices}/{Edu}/driver"));

        machine.Calls.Close(fd);

        Assert.True(unbind.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal("12", answer);
        Assert.Null(machine.Link($"{Devices}/{Edu}/driver"));
    }

    [Fact]
    public void A_file_that_was_open_when_its_directory_went_says_so()
    {
        using var machine = new Machine("q35-intel");
        int fd = machine.Calls.Open($"{Devices}/{Edu}/vfio-dev/vfio0/dev", Vfio.Uapi.OpenFlags.ReadOnly);
        machine.Write($"{Drivers}/vfio-pci/unbind", Edu);

        Assert.Equal("-ENODEV", Machine.Errors(machine.Calls.Read(fd, new byte[16])));
        machine.Calls.Close(fd);
    }
}
