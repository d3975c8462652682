using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class AdviceTests
{
    [Fact]
    public void A_message_says_what_where_which_errno_and_what_to_do()
    {
        VfioException e = new(Errno.EACCES, "open", "/dev/vfio/devices/vfio0");
        Assert.StartsWith("open /dev/vfio/devices/vfio0: EACCES. ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith(e.Advice, e.Message, StringComparison.Ordinal);
        Assert.Equal((Errno.EACCES, "open", "/dev/vfio/devices/vfio0"), (e.Errno, e.Operation, e.Path));
        Assert.Equal("close: EIO.", new VfioException(Errno.EIO, "close", "").Message);
    }

    [Theory]
    [InlineData("/dev/vfio/devices/vfio3", "SUBSYSTEM==\"vfio-dev\"")]
    [InlineData("/dev/vfio/12", "SUBSYSTEM==\"vfio\"")]
    [InlineData("/dev/iommu", "KERNEL==\"iommu\"")]
    [InlineData("/dev/vfio/vfio", "KERNEL==\"vfio\"")]
    [InlineData("/host/dev/vfio/devices/vfio3", "SUBSYSTEM==\"vfio-dev\"")]
    public void No_permission_on_a_node_gives_the_udev_rule_and_the_group(string path, string rule)
    {
        string advice = Advice.For("open", Errno.EACCES, path);
        Assert.Contains(rule, advice, StringComparison.Ordinal);
        Assert.Contains("usermod -aG vfio", advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("open", Errno.ENOENT, "/dev/vfio/devices/vfio0", "6.6")]
    [InlineData("open", Errno.ENOENT, "/dev/iommu", "CONFIG_IOMMUFD")]
    [InlineData("open", Errno.ENOENT, "/dev/vfio/5", "vfio-pci")]
    [InlineData("open", Errno.ENOENT, "/dev/vfio/vfio", "modprobe")]
    [InlineData("open", Errno.EBUSY, "/dev/vfio/5", "Another process")]
    [InlineData("open", Errno.EPERM, "/dev/vfio/5", "container")]
    [InlineData("open", Errno.ENOENT, "/sys/bus/pci/drivers/vfio-pci", "modprobe vfio-pci")]
    [InlineData("open", Errno.EROFS, "/sys/bus/pci/drivers_probe", "read-only")]
    [InlineData("write", Errno.EACCES, "/sys/bus/pci/drivers_probe", "root")]
    [InlineData("VFIO_DEVICE_BIND_IOMMUFD", Errno.EBUSY, "/dev/vfio/devices/vfio0", "group interface")]
    [InlineData("VFIO_DEVICE_BIND_IOMMUFD", Errno.EINVAL, "/dev/vfio/devices/vfio0", "another process")]
    [InlineData("VFIO_GROUP_SET_CONTAINER", Errno.EPERM, "/dev/vfio/5", "kernel driver")]
    [InlineData("IOMMU_IOAS_MAP", Errno.ENOMEM, "/dev/iommu", "RLIMIT_MEMLOCK")]
    [InlineData("VFIO_IOMMU_MAP_DMA", Errno.ENOMEM, "/dev/vfio/vfio", "RLIMIT_MEMLOCK")]
    [InlineData("IOMMU_IOAS_MAP", Errno.EINVAL, "/dev/iommu", "multiple of the page size")]
    [InlineData("IOMMU_IOAS_MAP", Errno.EEXIST, "/dev/iommu", "unmap it first")]
    [InlineData("VFIO_IOMMU_MAP_DMA", Errno.EEXIST, "/dev/vfio/vfio", "unmap it first")]
    public void Each_trouble_has_its_advice(string operation, Errno errno, string path, string expected)
        => Assert.Contains(expected, Advice.For(operation, errno, path), StringComparison.Ordinal);

    [Theory]
    [InlineData("VFIO_DEVICE_BIND_IOMMUFD", "iommufd.allow_unsafe_interrupts=1")]
    [InlineData("VFIO_SET_IOMMU", "vfio_iommu_type1.allow_unsafe_interrupts=1")]
    public void The_unsafe_parameter_is_named_with_its_risk_and_never_first(string operation, string parameter)
    {
        string advice = Advice.For(operation, Errno.EPERM, "/dev/vfio/x");
        int remapping = advice.IndexOf("Turn on interrupt remapping", StringComparison.Ordinal);
        int named = advice.IndexOf(parameter, StringComparison.Ordinal);
        Assert.True(remapping >= 0 && named > remapping, advice);
        Assert.Contains("take over the kernel", advice[named..], StringComparison.Ordinal);
    }

    [Fact]
    public void Memlock_advice_says_how_much_is_set_and_how_much_is_needed()
    {
        string advice = Advice.ForMemlock(65536, 4 << 20);
        Assert.Contains("RLIMIT_MEMLOCK is 64 KiB", advice, StringComparison.Ordinal);
        Assert.Contains("4096 KiB are needed", advice, StringComparison.Ordinal);
        Assert.Contains("no limit", Advice.ForMemlock(null, 4096), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_claim_names_the_functions_and_drivers_in_the_way()
    {
        FakeMachine machine = FakeSysfs.Intel().Function("0000:00:03.0", 1, 2, 0x010601, 1, null, "ahci");
        VfioHost host = machine.Host;
        VfioException e = host.Failure(Errno.EPERM, "VFIO_DEVICE_BIND_IOMMUFD", "/dev/vfio/devices/vfio0", host.Examine(PciAddress.Parse(FakeSysfs.Edu)));
        Assert.Contains("0000:00:03.0 is held by ahci", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("allow_unsafe_interrupts", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_busy_device_names_the_process_that_has_it()
    {
        FakeMachine machine = FakeSysfs.Intel().Link("/proc/4711/fd/9", "/dev/vfio/devices/vfio0").File("/proc/4711/comm", "dpdk\n").Directory("/proc/x");
        VfioHost host = machine.Host;
        VfioException e = host.Failure(Errno.EBUSY, "open", "/dev/vfio/1", host.Examine(PciAddress.Parse(FakeSysfs.Edu)));
        Assert.Contains("In use by dpdk (pid 4711).", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_isolation_is_told_of_the_parameter_of_the_call_that_failed()
    {
        VfioHost host = FakeSysfs.Virtio(false).Host;
        DeviceFacts facts = host.Examine(PciAddress.Parse(FakeSysfs.Edu));
        Assert.Contains("vfio_iommu_type1.allow_unsafe_interrupts", host.Failure(Errno.EPERM, "VFIO_SET_IOMMU", "x", facts).Advice, StringComparison.Ordinal);
        Assert.Contains("iommufd.allow_unsafe_interrupts", host.Failure(Errno.EPERM, "VFIO_DEVICE_BIND_IOMMUFD", "x", facts).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_platform_reserved_device_is_told_so()
    {
        FakeMachine machine = FakeSysfs.Intel().File("/sys/kernel/iommu_groups/1/reserved_regions", "0x000000007b800000 0x000000007fffffff direct\n");
        VfioException e = machine.Host.Failure(Errno.EINVAL, "VFIO_DEVICE_BIND_IOMMUFD", "x", machine.Host.Examine(PciAddress.Parse(FakeSysfs.Edu)));
        Assert.Contains("RMRR", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_errno_becomes_an_exception_and_an_address_does_not()
    {
        Assert.Equal(5, 5.ThrowIfError("read", "x"));
        Assert.Equal(Errno.EBADF, Assert.Throws<VfioException>(() => (-9).ThrowIfError("read", "x")).Errno);
        Assert.Equal(unchecked((nint)0xFFFF_8000_0000_0000), unchecked((nint)0xFFFF_8000_0000_0000).ThrowIfError("mmap", "x"));
        Assert.Equal(Errno.ENOMEM, Assert.Throws<VfioException>(() => ((nint)(-12)).ThrowIfError("mmap", "x")).Errno);
    }

    [Fact]
    public void A_refusal_says_that_it_is_one()
    {
        VfioRefusedException e = new("open", "0000:01:00.0", "Why.");
        Assert.Equal("open 0000:01:00.0: refused. Why.", e.Message);
        Assert.Equal(Errno.EPERM, e.Errno);
    }
}
