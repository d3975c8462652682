using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>SR-IOV and VF tokens. The answers are those of Linux 7.2.13 with QEMU's nvme behind a root port (sriov_max_vfs=2), but for what its reset breaks.</summary>
public sealed class VirtualFunctionTests : IDisposable
{
    private const string Physical = "0000:01:00.0";
    private const string First = "0000:01:00.1";
    private const string Directory = $"/sys/bus/pci/devices/{Physical}";

    private static readonly byte[] s_token = [0xbd, 0x8d, 0x9d, 0x2b, 0x5a, 0x5f, 0x4f, 0x5a, 0xa2, 0x11, 0xf5, 0x91, 0x51, 0x4b, 0xa1, 0xf3];
    private static readonly byte[] s_other = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly Machine _machine = new("q35-sriov");

    [Fact]
    public void What_a_physical_function_says_of_itself()
    {
        Assert.Equal("2\n", _machine.Read($"{Directory}/sriov_totalvfs"));
        Assert.Equal("0\n", _machine.Read($"{Directory}/sriov_numvfs"));
        Assert.Equal("1\n", _machine.Read($"{Directory}/sriov_offset"));
        Assert.Equal("1\n", _machine.Read($"{Directory}/sriov_stride"));
        Assert.Equal("10\n", _machine.Read($"{Directory}/sriov_vf_device"));
        Assert.Equal("0\n", _machine.Read($"{Directory}/sriov_vf_total_msix"));
        Assert.Equal("1\n", _machine.Read($"{Directory}/sriov_drivers_autoprobe"));
        Assert.False(_machine.Exists("/sys/bus/pci/devices/0000:00:02.0/sriov_numvfs"));
    }

    [Theory]
    [InlineData("99", "-ERANGE")]
    [InlineData("x", "-EINVAL")]
    [InlineData("", "0")]
    [InlineData("-1", "-EINVAL")]
    [InlineData(" 1", "-EINVAL")]
    [InlineData("1 ", "-EINVAL")]
    [InlineData("65536", "-EINVAL")]
    [InlineData("1", "-ENOENT")]
    [InlineData("0x1\n", "-ENOENT")]
    [InlineData("0", "1")]
    public void Under_vfio_pci_without_its_parameter_no_count_but_zero_is_taken(string text, string expected)
    {
        BindPhysical();
        Assert.Equal(expected, _machine.Write($"{Directory}/sriov_numvfs", text));
    }

    [Fact]
    public void Without_a_driver_there_are_none()
    {
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers/nvme/unbind", Physical));
        Assert.Equal("-ENOENT", _machine.Write($"{Directory}/sriov_numvfs", "1"));
    }

    [Fact]
    public void They_come_to_vfio_pci_each_in_a_group_of_its_own()
    {
        EnableOne();
        Assert.Equal("1\n", _machine.Read($"{Directory}/sriov_numvfs"));
        Assert.Equal("-EBUSY", _machine.Write($"{Directory}/sriov_numvfs", "2"));
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "1"));
        Assert.Equal($"../{First}", _machine.Link($"{Directory}/virtfn0"));
        string directory = $"/sys/bus/pci/devices/{First}";
        Assert.Equal($"../{Physical}", _machine.Link($"{directory}/physfn"));
        Assert.Equal("vfio-pci\n", _machine.Read($"{directory}/driver_override"));
        Assert.EndsWith("/drivers/vfio-pci", _machine.Link($"{directory}/driver"), StringComparison.Ordinal);
        Assert.EndsWith("/iommu_groups/7", _machine.Link($"{directory}/iommu_group"), StringComparison.Ordinal);
        Assert.Equal([First], _machine.List("/sys/kernel/iommu_groups/7/devices"));
        Assert.Equal("0x1b36\n", _machine.Read($"{directory}/vendor"));
        Assert.Equal("0x0010\n", _machine.Read($"{directory}/device"));
        Assert.StartsWith("0x00000000fe604000 0x00000000fe607fff 0x0000000000140204\n", _machine.Read($"{directory}/resource"), StringComparison.Ordinal);
        Assert.Equal([0xff, 0xff, 0xff, 0xff], _machine.ReadBytes($"{directory}/config")[..4]);
        Assert.Equal(0x09, _machine.ReadBytes($"{Directory}/config")[0x128] & 0x09);
        Assert.True(_machine.Exists("/dev/vfio/7"));
        Assert.True(_machine.Exists("/dev/vfio/devices/vfio2"));
    }

    [Fact]
    public void And_go_without_a_trace()
    {
        EnableOne();
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "0"));
        Assert.False(_machine.Exists($"/sys/bus/pci/devices/{First}"));
        Assert.False(_machine.Exists($"{Directory}/virtfn0"));
        Assert.False(_machine.Exists("/sys/kernel/iommu_groups/7"));
        Assert.False(_machine.Exists("/dev/vfio/7"));
        Assert.Equal(0, _machine.ReadBytes($"{Directory}/config")[0x128] & 0x09);
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "2"));
        Assert.True(_machine.Exists("/sys/bus/pci/devices/0000:01:00.2"));
    }

    [Fact]
    public void A_physical_function_takes_them_along_as_its_driver_lets_go()
    {
        EnableOne();
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers/vfio-pci/unbind", Physical));
        Assert.False(_machine.Exists($"/sys/bus/pci/devices/{First}"));
        Assert.Equal("0\n", _machine.Read($"{Directory}/sriov_numvfs"));
    }

    [Fact]
    public void Vfio_pci_does_not_take_one_that_has_them()
    {
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "1"));
        Assert.Equal("8", _machine.Write($"{Directory}/driver_override", "vfio-pci"));
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers/nvme/unbind", Physical));
        Assert.Equal("1\n", _machine.Read($"{Directory}/sriov_numvfs"));
        Assert.Equal("-EBUSY", _machine.Write("/sys/bus/pci/drivers/vfio-pci/bind", Physical));
    }

    [Fact]
    public void Autoprobe_leaves_them_alone_unless_vfio_pci_has_claimed_them()
    {
        Assert.Equal("-EINVAL", _machine.Write($"{Directory}/sriov_drivers_autoprobe", "7"));
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_drivers_autoprobe", "0"));
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "1"));
        Assert.False(_machine.Exists($"/sys/bus/pci/devices/{First}/driver"));
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "0"));
        EnableOne();
        Assert.True(_machine.Exists($"/sys/bus/pci/devices/{First}/driver"));
    }

    [Fact]
    public void A_token_is_asked_of_a_virtual_function_always_and_of_the_physical_one_while_virtual_ones_are_open()
    {
        EnableOne();
        int iommufd = Open("/dev/iommu");
        int virtualFunction = Open("/dev/vfio/devices/vfio2");
        int physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(-(int)Errno.EACCES, Bind(virtualFunction, iommufd, null));
        Assert.Equal(-(int)Errno.EACCES, Bind(virtualFunction, iommufd, s_token));
        Assert.Equal(0, Bind(physical, iommufd, s_token));
        Assert.Equal(-(int)Errno.EACCES, Bind(virtualFunction, iommufd, null));
        Assert.Equal(-(int)Errno.EACCES, Bind(virtualFunction, iommufd, s_other));
        Assert.Equal(0, Bind(virtualFunction, iommufd, s_token));

        _machine.Calls.Close(physical);
        physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(-(int)Errno.EACCES, Bind(physical, iommufd, null));
        Assert.Equal(-(int)Errno.EACCES, Bind(physical, iommufd, s_other));
        Assert.Equal(0, Bind(physical, iommufd, s_token));

        _machine.Calls.Close(virtualFunction);
        _machine.Calls.Close(physical);
        physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, Bind(physical, iommufd, null));
    }

    [Fact]
    public void The_token_feature_is_the_physical_functions_alone()
    {
        const uint Set = VfioUapi.VFIO_DEVICE_FEATURE_SET;
        EnableOne();
        int iommufd = Open("/dev/iommu");
        int physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, Bind(physical, iommufd, s_other));
        Assert.Equal(-(int)Errno.EINVAL, Feature(physical, VfioUapi.VFIO_DEVICE_FEATURE_GET, s_token));
        Assert.Equal(0, Feature(physical, Set | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, []));
        Assert.Equal(-(int)Errno.EINVAL, Feature(physical, Set, s_token.AsSpan(0, 15).ToArray()));
        Assert.Equal(0, Feature(physical, Set, s_token));
        int virtualFunction = Open("/dev/vfio/devices/vfio2");
        Assert.Equal(-(int)Errno.EACCES, Bind(virtualFunction, iommufd, s_other));
        Assert.Equal(0, Bind(virtualFunction, iommufd, s_token));
        Assert.Equal(-(int)Errno.ENOTTY, Feature(virtualFunction, Set, s_token));
    }

    [Fact]
    public void From_its_group_a_device_is_opened_by_name_and_token()
    {
        EnableOne();
        int iommufd = Open("/dev/iommu");
        int physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, Bind(physical, iommufd, s_token));
        int group = Open("/dev/vfio/7");
        int container = Open("/dev/vfio/vfio");
        Assert.Equal(0, _machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref container)));
        Assert.Equal(0, _machine.Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, (nuint)VfioUapi.VFIO_TYPE1v2_IOMMU));
        Assert.Equal(-(int)Errno.EACCES, GetDevice(group, First));
        Assert.Equal(-(int)Errno.EINVAL, GetDevice(group, $"{First} vf_token=bd8d9d2b"));
        Assert.Equal(-(int)Errno.EINVAL, GetDevice(group, $"{First} vf_token=xd8d9d2b-5a5f-4f5a-a211-f591514ba1f3"));
        Assert.Equal(-(int)Errno.EACCES, GetDevice(group, $"{First} vf_token=00000000-5a5f-4f5a-a211-f591514ba1f3"));
        Assert.Equal(-(int)Errno.EINVAL, GetDevice(group, $"{First} vf_token=bd8d9d2b-5a5f-4f5a-a211-f591514ba1f3 vf_token=bd8d9d2b-5a5f-4f5a-a211-f591514ba1f3"));
        Assert.True(GetDevice(group, $"{First} vf_token=bd8d9d2b-5a5f-4f5a-a211-f591514ba1f3") >= 0);
    }

    [Fact]
    public void A_virtual_functions_user_sees_its_ids_and_its_memory_always_answers()
    {
        EnableOne();
        int iommufd = Open("/dev/iommu");
        Assert.Equal(0, Bind(Open("/dev/vfio/devices/vfio1"), iommufd, s_token));
        int device = Open("/dev/vfio/devices/vfio2");
        Assert.Equal(0, Bind(device, iommufd, s_token));
        byte[] header = new byte[64];
        Assert.Equal(64, _machine.Calls.Pread(device, header, 7L << 40));
        Assert.Equal([0x36, 0x1b, 0x10, 0x00, 0x02], header[..5]);
        Assert.Equal(0x04, header[0x10]);
        Assert.Equal(0, header[0x3d]);
        Assert.Equal(2, _machine.Calls.Pwrite(device, [0, 0], (7L << 40) + 4));
        Assert.Equal(1, _machine.Calls.Pread(device, header.AsSpan(0, 1), (7L << 40) + 4));
        Assert.Equal(0, header[0]);
        Assert.Equal(4, _machine.Calls.Pread(device, header.AsSpan(0, 4), 0));
    }

    [Fact]
    public void A_bus_reset_is_not_the_physical_functions_alone_while_virtual_ones_are_there()
    {
        EnableOne();
        int iommufd = Open("/dev/iommu");
        int physical = Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, Bind(physical, iommufd, s_token));
        byte[] info = new byte[12 + 32];
        info[0] = (byte)info.Length;
        Assert.Equal(0, _machine.Calls.Ioctl(physical, VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, info.AsSpan()));
        Assert.Equal((VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID, 2u), (BitConverter.ToUInt32(info, 4), BitConverter.ToUInt32(info, 8)));
    }

    public void Dispose() => _machine.Dispose();

    private void BindPhysical()
    {
        Assert.Equal("8", _machine.Write($"{Directory}/driver_override", "vfio-pci"));
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers/nvme/unbind", Physical));
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers_probe", Physical));
    }

    private void EnableOne()
    {
        Assert.Equal("1", _machine.Write("/sys/module/vfio_pci/parameters/enable_sriov", "1"));
        BindPhysical();
        Assert.Equal("1", _machine.Write($"{Directory}/sriov_numvfs", "1"));
    }

    private int Open(string path)
    {
        int fd = _machine.Calls.Open(path, OpenFlags.ReadWrite);
        Assert.True(fd >= 0, $"{path}: {Machine.Errors(fd)}");
        return fd;
    }

    private int Bind(int device, int iommufd, byte[]? token)
    {
        nint memory = 0;
        if (token is not null)
        {
            int file = _machine.Calls.MemfdCreate("token", MemfdFlags.None);
            _machine.Calls.Ftruncate(file, 4096);
            _machine.Calls.Pwrite(file, token, 0);
            memory = _machine.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, file, 0);
            _machine.Calls.Close(file);
        }

        var bind = new VfioDeviceBindIommufd { Argsz = 24, Iommufd = iommufd, Flags = token is null ? 0 : VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN, TokenUuidPtr = (ulong)memory };
        return _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind));
    }

    private int Feature(int device, uint way, byte[] data)
    {
        byte[] argument = [(byte)(8 + data.Length), 0, 0, 0, 0, 0, (byte)(way >> 16), 0, .. data];
        return _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_FEATURE, argument.AsSpan());
    }

    private int GetDevice(int group, string name)
    {
        byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(name), 0];
        return _machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, text.AsSpan());
    }
}
