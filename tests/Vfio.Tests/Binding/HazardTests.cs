namespace Vfio.Tests;

public sealed class HazardTests
{
    private const string Disk = $"/sys/devices/pci0000:00/{FakeSysfs.Nvme}/nvme/nvme0/nvme0n1";

    private static FakeMachine WithDisk()
    {
        FakeMachine machine = FakeSysfs.Intel();
        machine.Directory(Disk)
            .File($"{Disk}/dev", "259:0\n")
            .Link("/sys/block/nvme0n1", $"../devices/pci0000:00/{FakeSysfs.Nvme}/nvme/nvme0/nvme0n1")
            .Link("/sys/class/block/nvme0n1", $"../../devices/pci0000:00/{FakeSysfs.Nvme}/nvme/nvme0/nvme0n1")
            .Directory($"{Disk}/holders");
        return Partition(machine, 2);
    }

    private static FakeMachine Partition(FakeMachine machine, int number)
    {
        string directory = $"{Disk}/nvme0n1p{number}";
        return machine.File($"{directory}/partition", $"{number}\n").File($"{directory}/dev", $"259:{number}\n").Directory($"{directory}/holders")
            .Link($"/sys/class/block/nvme0n1p{number}", $"../../devices/pci0000:00/{FakeSysfs.Nvme}/nvme/nvme0/nvme0n1/nvme0n1p{number}");
    }

    private static string[] Find(FakeMachine machine, string address = FakeSysfs.Nvme)
        => [.. machine.Host.Binding.FindHazards(PciAddress.Parse(address)).Select(hazard => hazard.What)];

    [Fact]
    public void A_disk_that_nothing_stands_on_is_safe() => Assert.Empty(Find(WithDisk()));

    [Fact]
    public void A_mounted_partition_is_named_with_where_it_is_mounted()
    {
        FakeMachine machine = WithDisk().File("/proc/self/mountinfo",
            "20 2 0:18 / /proc rw - proc proc rw\n21 1 259:2 / /mnt/my\\040disk rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw\n");
        Assert.Equal(["mounted file system /mnt/my disk (on /dev/nvme0n1p2)"], Find(machine));
        Assert.Empty(Find(machine, FakeSysfs.Edu));
    }

    [Fact]
    public void A_mount_that_only_init_sees_counts()
        => Assert.Single(Find(WithDisk().File("/proc/1/mountinfo", "21 1 259:0 / / rw - ext4 /dev/root rw\n")));

    [Fact]
    public void A_file_system_with_a_number_of_its_own_is_found_by_its_source()
        => Assert.Single(Find(WithDisk().File("/proc/self/mountinfo", "21 1 0:33 / / rw - btrfs /dev/nvme0n1p2 rw\n")));

    [Fact]
    public void A_btrfs_on_several_disks_is_found_by_its_members()
        => Assert.Equal(["mounted btrfs 1111-2222 on /dev/nvme0n1p2"],
            Find(WithDisk().Link("/sys/fs/btrfs/1111-2222/devices/nvme0n1p2", "../../../../devices/x")));

    [Fact]
    public void LVM_on_a_partition_is_followed_to_what_is_mounted()
    {
        FakeMachine machine = WithDisk()
            .Directory($"{Disk}/nvme0n1p2/holders/dm-0")
            .File("/sys/class/block/dm-0/dev", "253:0\n")
            .File("/sys/class/block/dm-0/dm/name", "vg-root\n")
            .File("/sys/class/block/dm-0/dm/uuid", "LVM-abc\n")
            .File("/proc/self/mountinfo", "21 1 253:0 / / rw - ext4 /dev/mapper/vg-root rw\n");
        Assert.Equal(["LVM volume vg-root on /dev/nvme0n1p2", "mounted file system / (on /dev/mapper/vg-root)"], Find(machine));
    }

    [Fact]
    public void A_RAID_member_is_found()
    {
        FakeMachine machine = WithDisk()
            .Directory($"{Disk}/holders/md0")
            .File("/sys/class/block/md0/dev", "9:0\n")
            .File("/sys/class/block/md0/md/level", "raid1\n");
        Assert.Equal(["member of the RAID md0 (raid1) on /dev/nvme0n1"], Find(machine));
    }

    [Fact]
    public void Swap_is_found_under_any_name_of_its_device()
    {
        FakeMachine machine = WithDisk()
            .BlockNode("/dev/nvme0n1p2", 259, 2)
            .Link("/dev/disk/by-label/swap", "../../nvme0n1p2")
            .File("/proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/dev/disk/by-label/swap partition 100 0 -2\n");
        Assert.Equal(["swap /dev/disk/by-label/swap"], Find(machine));
    }

    [Fact]
    public void With_native_multipath_the_subsystem_leads_to_the_disk()
    {
        FakeMachine machine = FakeSysfs.Intel();
        const string head = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1";
        machine.File($"{head}/dev", "259:0\n")
            .Link("/sys/block/nvme0n1", "../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1")
            .Link("/sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1")
            .Link("/sys/class/nvme-subsystem/nvme-subsys0", "../../devices/virtual/nvme-subsystem/nvme-subsys0")
            .Link("/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0", $"../../../pci0000:00/{FakeSysfs.Nvme}/nvme/nvme0")
            .File("/proc/self/mountinfo", "21 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n");
        Assert.Single(Find(machine));
        Assert.Empty(Find(machine, FakeSysfs.Edu));
    }

    [Theory]
    [InlineData("/proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n")]
    [InlineData("/proc/net/ipv6_route", "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n")]
    public void The_interface_of_a_default_route_is_found(string file, string text)
    {
        FakeMachine machine = FakeSysfs.Intel()
            .Link("/sys/class/net/eth0", $"../../devices/pci0000:00/{FakeSysfs.Edu}/virtio0/net/eth0")
            .Directory($"/sys/devices/pci0000:00/{FakeSysfs.Edu}/virtio0/net/eth0");
        Assert.Empty(Find(machine, FakeSysfs.Edu));
        machine.File(file, text);
        Assert.Equal(["network interface eth0, which has the default route"], Find(machine, FakeSysfs.Edu));
        Assert.Empty(Find(machine));
    }

    [Fact]
    public void A_default_route_through_a_bridge_on_top_counts_and_another_route_does_not()
    {
        FakeMachine machine = FakeSysfs.Intel()
            .Link("/sys/class/net/eth0", $"../../devices/pci0000:00/{FakeSysfs.Edu}/net/eth0")
            .Directory($"/sys/devices/pci0000:00/{FakeSysfs.Edu}/net/eth0/upper_br0")
            .Directory("/sys/class/net/br0")
            .File("/proc/net/route", "Iface\tDestination\neth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
        Assert.Empty(Find(machine, FakeSysfs.Edu));
        machine.File("/proc/net/route", "Iface\tDestination\nbr0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        Assert.Equal(["network interface eth0, which carries br0, which has the default route"], Find(machine, FakeSysfs.Edu));
    }

    [Fact]
    public void The_boot_display_is_found()
    {
        FakeMachine machine = FakeSysfs.Intel().File($"/sys/bus/pci/devices/{FakeSysfs.Edu}/boot_vga", "0\n");
        Assert.Empty(Find(machine, FakeSysfs.Edu));
        machine.File($"/sys/bus/pci/devices/{FakeSysfs.Edu}/boot_vga", "1\n");
        Assert.Equal(["the boot display"], Find(machine, FakeSysfs.Edu));
    }
}
