using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>Opening, resolving and permissions, with the answers that Linux 7.2.13 gave in the guest.</summary>
public sealed class PathTests
{
    private const string Edu = "/sys/bus/pci/devices/0000:00:01.0";

    [Theory]
    [InlineData("/sys/bus/pci/devices", OpenFlags.ReadWrite, Errno.EISDIR)]
    [InlineData("/sys/bus/pci/devices", OpenFlags.WriteOnly, Errno.EISDIR)]
    [InlineData("/sys/bus/pci/devices", OpenFlags.ReadOnly, Errno.None)]
    [InlineData("/sys/bus/pci/devices", OpenFlags.Directory, Errno.None)]
    [InlineData("/proc/cmdline", OpenFlags.Directory, Errno.ENOTDIR)]
    [InlineData("/sys/nope", OpenFlags.ReadOnly, Errno.ENOENT)]
    [InlineData("/sys/nope/x", OpenFlags.ReadOnly, Errno.ENOENT)]
    [InlineData("/sys/bus/pci/drivers_autoprobe/x", OpenFlags.ReadOnly, Errno.ENOTDIR)]
    [InlineData("/sys/bus/pci/drivers_autoprobe/", OpenFlags.ReadOnly, Errno.ENOTDIR)]
    [InlineData("/dev/vfio/vfio/", OpenFlags.ReadWrite, Errno.ENOTDIR)]
    [InlineData("/dev/vfio", OpenFlags.ReadWrite, Errno.EISDIR)]
    [InlineData("/proc/cmdline", OpenFlags.ReadWrite, Errno.None)]
    [InlineData(Edu + "/vendor", OpenFlags.WriteOnly, Errno.EACCES)]
    [InlineData("/sys/bus/pci/drivers_probe", OpenFlags.ReadOnly, Errno.EACCES)]
    [InlineData("/sys/bus/pci/drivers_probe", OpenFlags.ReadWrite, Errno.EACCES)]
    [InlineData("/sys/bus/pci/drivers/vfio-pci/bind", OpenFlags.ReadOnly, Errno.EACCES)]
    [InlineData(Edu + "/config", OpenFlags.ReadWrite, Errno.None)]
    [InlineData(Edu + "/driver_override", OpenFlags.WriteOnly, Errno.None)]
    [InlineData(Edu + "/iommu_group/devices/0000:00:01.0/driver/../../devices/0000:00:01.0/vendor", OpenFlags.ReadOnly, Errno.None)]
    [InlineData("/sys/../dev/./vfio//vfio", OpenFlags.ReadOnly, Errno.None)]
    public void Opening_answers_as_in_the_guest(string path, OpenFlags flags, Errno expected)
    {
        using var machine = new Machine("q35-intel");

        int fd = machine.Calls.Open(path, flags);

        Assert.Equal(expected, fd < 0 ? (Errno)(-fd) : Errno.None);
        if (fd >= 0)
        {
            Assert.Equal(0, machine.Calls.Close(fd));
        }

        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void Names_and_paths_have_their_limits()
    {
        using var machine = new Machine("q35-intel");

        Assert.Equal(-(int)Errno.ENAMETOOLONG, machine.Calls.Stat("/sys/" + new string('a', 256), out _));
        Assert.Equal(-(int)Errno.ENOENT, machine.Calls.Stat("/sys/" + new string('a', 255), out _));
        Assert.Equal(-(int)Errno.ENAMETOOLONG, machine.Calls.Stat("/sys" + new string('/', 5000), out _));
    }

    [Fact]
    public void A_text_reads_as_in_the_guest()
    {
        using var machine = new Machine("q35-intel");
        SoftSystemCalls calls = machine.Calls;
        int fd = calls.Open($"{Edu}/vendor", OpenFlags.ReadOnly);
        byte[] buffer = new byte[64];

        Assert.Equal(-(int)Errno.ENOTTY, calls.Ioctl(fd, 0x3b64, 0));
        Assert.Equal(-(int)Errno.EBADF, calls.Write(fd, "x"u8));
        Assert.Equal(5, calls.Pread(fd, buffer.AsSpan(0, 10), 2));
        Assert.Equal(0, calls.Pread(fd, buffer.AsSpan(0, 10), 7));
        Assert.Equal(0, calls.Pread(fd, buffer.AsSpan(0, 10), 9));
        Assert.Equal(-(int)Errno.EINVAL, calls.Pread(fd, buffer, -1));
        Assert.Equal(3, calls.Read(fd, buffer.AsSpan(0, 3)));
        Assert.Equal(4, calls.Read(fd, buffer.AsSpan(0, 30)));
        Assert.Equal(0, calls.Read(fd, buffer.AsSpan(0, 30)));
        Assert.Equal(-(int)Errno.ENODEV, calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, fd, 0));
        Assert.Equal(-(int)Errno.ENOTDIR, calls.Getdents(fd, buffer));
        Assert.Equal(0, calls.Fstat(fd, out FileStatus status));
        Assert.Equal(4096UL, status.Size);
        Assert.Equal(0x8124, status.Mode);
        calls.Close(fd);
    }

    [Fact]
    public void A_directory_reads_as_in_the_guest()
    {
        using var machine = new Machine("q35-intel");
        SoftSystemCalls calls = machine.Calls;
        int fd = calls.Open("/sys/bus/pci/devices", OpenFlags.ReadOnly);
        byte[] buffer = new byte[4096];

        Assert.Equal(-(int)Errno.ENOTTY, calls.Ioctl(fd, 0x3b64, 0));
        Assert.Equal(-(int)Errno.EISDIR, calls.Read(fd, buffer));
        Assert.Equal(-(int)Errno.EBADF, calls.Write(fd, buffer));
        Assert.Equal(-(int)Errno.ENODEV, calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, fd, 0));
        Assert.Equal(-(int)Errno.EINVAL, calls.Getdents(fd, buffer.AsSpan(0, 10)));
        Assert.Equal(272, calls.Getdents(fd, buffer));
        Assert.Equal(0, calls.Getdents(fd, buffer));
        Assert.Equal(0, calls.Getdents(fd, buffer.AsSpan(0, 4)));
        calls.Close(fd);
    }

    [Fact]
    public void Configuration_space_ends_where_it_ends()
    {
        using var machine = new Machine("q35-intel");
        SoftSystemCalls calls = machine.Calls;
        int fd = calls.Open($"{Edu}/config", OpenFlags.ReadWrite);
        byte[] buffer = new byte[8];

        Assert.Equal(4, calls.Pread(fd, buffer, 252));
        Assert.Equal(0, calls.Pread(fd, buffer, 256));
        Assert.Equal(0, calls.Pread(fd, buffer, 300));
        Assert.Equal(4, calls.Pwrite(fd, buffer, 252));
        Assert.Equal(-(int)Errno.EFBIG, calls.Pwrite(fd, buffer, 256));
        calls.Close(fd);
    }

    [Fact]
    public void Links_read_as_in_the_guest()
    {
        using var machine = new Machine("q35-intel");
        byte[] buffer = new byte[100];

        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Readlink("/sys/bus/pci", buffer));
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Readlink("/sys/bus/pci/drivers_autoprobe", buffer));
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Readlink(Edu, []));
        Assert.Equal(5, machine.Calls.Readlink(Edu, buffer.AsSpan(0, 5)));
        Assert.Equal("../..", Encoding.UTF8.GetString(buffer, 0, 5));
        Assert.Equal(-(int)Errno.ENOENT, machine.Calls.Readlink("/sys/bus/pci/devices/0000:77:01.0", buffer));
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Readlink(Edu + "/", buffer));
    }

    [Fact]
    public void Another_user_sees_what_others_may()
    {
        using var machine = new Machine("q35-intel");
        var calls = new SoftSystemCalls(machine.Soft, new Credentials(1000, false, false, false, 8 << 20));
        byte[] buffer = new byte[256];
        int fd = calls.Open($"{Edu}/config", OpenFlags.ReadOnly);

        Assert.Equal(64, calls.Pread(fd, buffer, 0));
        Assert.Equal(0, calls.Pread(fd, buffer, 64));
        Assert.Equal(4, calls.Pread(fd, buffer, 60));
        calls.Close(fd);
        Assert.Equal(-(int)Errno.EACCES, calls.Open("/dev/iommu", OpenFlags.ReadWrite));
        Assert.Equal(-(int)Errno.EACCES, calls.Open("/dev/vfio/devices/vfio0", OpenFlags.ReadWrite));
        Assert.Equal(-(int)Errno.EACCES, calls.Access("/dev/iommu", AccessMode.Read));
        Assert.Equal(0, calls.Access("/dev/vfio/vfio", AccessMode.Read | AccessMode.Write));
        Assert.Equal(-(int)Errno.EACCES, calls.Open("/sys/bus/pci/drivers_probe", OpenFlags.WriteOnly));
        Assert.Equal(-(int)Errno.EACCES, calls.Open($"{Edu}/driver_override", OpenFlags.WriteOnly));
        Assert.Equal(-(int)Errno.EACCES, calls.Open("/sys/firmware/acpi/tables/DMAR", OpenFlags.ReadOnly));
    }

    [Fact]
    public void Paths_elsewhere_are_the_hosts()
    {
        using var machine = new Machine("q35-intel");
        string file = Path.GetTempFileName();
        File.WriteAllText(file, "here");

        Assert.Equal("here", machine.Read(file));

        File.Delete(file);
    }
}
