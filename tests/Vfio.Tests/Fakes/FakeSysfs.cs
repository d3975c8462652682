namespace Vfio.Tests;

/// <summary>The tree of the guest machine, as recorded on Linux 7.2.13 in QEMU q35, built up piece by piece.</summary>
internal static class FakeSysfs
{
    public const string Edu = "0000:00:01.0";
    public const string Nvme = "0000:00:02.0";

    /// <summary>edu on vfio-pci in group 1, an NVMe disk on its own driver in group 2, behind VT-d with snoop control.</summary>
    public static FakeMachine Intel(string ecap = "f00fca")
    {
        FakeMachine machine = new();
        machine
            .Directory("/sys/devices/virtual/iommu/dmar0/intel-iommu")
            .File("/sys/devices/virtual/iommu/dmar0/intel-iommu/ecap", $"{ecap}\n")
            .File("/sys/devices/virtual/iommu/dmar0/intel-iommu/cap", "d2008c22260206\n")
            .Link("/sys/class/iommu/dmar0", "../../devices/virtual/iommu/dmar0")
            .Link("/sys/class/iommu/iommufd_selftest_iommu.0", "../../devices/platform/iommufd_selftest_iommu.0/iommu/iommufd_selftest_iommu.0")
            .File("/proc/cmdline", "console=ttyS0 quiet intel_iommu=on\n")
            .File("/proc/interrupts", "            CPU0\n   0:        135  IR-IO-APIC                  2-edge      timer\n")
            .File("/sys/module/iommufd/parameters/allow_unsafe_interrupts", "N\n")
            .File("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N\n")
            .File("/sys/class/misc/iommu/dev", "10:256\n").CharNode("/dev/iommu", 10, 256)
            .File("/sys/class/misc/vfio/dev", "10:196\n").CharNode("/dev/vfio/vfio", 10, 196)
            .File("/sys/bus/pci/drivers_probe", "")
            .Directory("/sys/bus/pci/drivers/vfio-pci");
        machine.Function(Edu, 0x1234, 0x11e8, 0x00ff00, 1, "../../virtual/iommu/dmar0");
        machine.Function(Nvme, 0x1b36, 0x0010, 0x010802, 2, "../../virtual/iommu/dmar0", "nvme");
        machine.BindToVfio(Edu, 1, 0);
        return machine;
    }

    public static FakeMachine Amd()
    {
        FakeMachine machine = Intel();
        machine.Remove("/sys/class/iommu/dmar0");
        machine.Function("0000:00:00.2", 0x1022, 0x0008, 0x080600, null, null);
        machine
            .Directory("/sys/devices/pci0000:00/0000:00:00.2/iommu/ivhd0/amd-iommu")
            .Link("/sys/class/iommu/ivhd0", "../../devices/pci0000:00/0000:00:00.2/iommu/ivhd0")
            .Link($"/sys/devices/pci0000:00/{Edu}/iommu", "../0000:00:00.2/iommu/ivhd0");
        return machine;
    }

    public static FakeMachine Virtio(bool unsafeInterrupts)
    {
        FakeMachine machine = Intel();
        string value = unsafeInterrupts ? "Y\n" : "N\n";
        machine.Remove("/sys/class/iommu/dmar0");
        machine.Function("0000:00:05.0", 0x1af4, 0x1057, 0x00ff00, null, null, "virtio-pci");
        machine
            .Directory("/sys/devices/pci0000:00/0000:00:05.0/virtio0/iommu/0000:00:05.0")
            .Link("/sys/class/iommu/0000:00:05.0", "../../devices/pci0000:00/0000:00:05.0/virtio0/iommu/0000:00:05.0")
            .Link($"/sys/devices/pci0000:00/{Edu}/iommu", "../0000:00:05.0/virtio0/iommu/0000:00:05.0")
            .File("/proc/interrupts", "   0:        149  IO-APIC     2-edge      timer\n")
            .File("/sys/module/iommufd/parameters/allow_unsafe_interrupts", value)
            .File("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", value);
        return machine;
    }

    public static FakeMachine Function(
        this FakeMachine machine, string address, int vendor, int device, int classCode, int? group, string? iommu, string? driver = null)
    {
        string directory = $"/sys/devices/pci0000:00/{address}";
        machine
            .Directory(directory)
            .Link($"/sys/bus/pci/devices/{address}", $"../../../devices/pci0000:00/{address}")
            .File($"{directory}/vendor", $"0x{vendor:x4}\n")
            .File($"{directory}/device", $"0x{device:x4}\n")
            .File($"{directory}/subsystem_vendor", "0x1af4\n")
            .File($"{directory}/subsystem_device", "0x1100\n")
            .File($"{directory}/class", $"0x{classCode:x6}\n")
            .File($"{directory}/driver_override", "(null)\n")
            .File($"{directory}/numa_node", "-1\n")
            .File($"{directory}/resource",
                "0x00000000fea00000 0x00000000feafffff 0x0000000000040200\n0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
                + "0x000000000000c000 0x000000000000c0ff 0x0000000000040101\n");
        if (iommu is not null)
        {
            machine.Link($"{directory}/iommu", iommu);
        }

        if (group is { } id)
        {
            string groupDirectory = $"/sys/kernel/iommu_groups/{id}";
            machine
                .Link($"{directory}/iommu_group", $"../../../kernel/iommu_groups/{id}")
                .Link($"{groupDirectory}/devices/{address}", $"../../../../devices/pci0000:00/{address}")
                .File($"{groupDirectory}/type", "DMA-FQ\n")
                .File($"{groupDirectory}/reserved_regions", "0x00000000fee00000 0x00000000feefffff msi\n");
        }

        if (driver is not null)
        {
            machine.SetDriver(address, driver);
        }

        return machine;
    }

    public static FakeMachine SetDriver(this FakeMachine machine, string address, string driver) => machine
        .File($"/sys/bus/pci/drivers/{driver}/unbind", "")
        .Link($"/sys/devices/pci0000:00/{address}/driver", $"../../../bus/pci/drivers/{driver}");

    public static FakeMachine BindToVfio(this FakeMachine machine, string address, int group, int index, bool nodes = true)
    {
        machine.SetDriver(address, "vfio-pci")
            .File($"/sys/devices/pci0000:00/{address}/driver_override", "vfio-pci\n")
            .File($"/sys/devices/pci0000:00/{address}/vfio-dev/vfio{index}/dev", $"251:{index}\n")
            .File($"/sys/class/vfio/{group}/dev", $"252:{group}\n");
        return nodes
            ? machine.CharNode($"/dev/vfio/devices/vfio{index}", 251, (uint)index).CharNode($"/dev/vfio/{group}", 252, (uint)group)
            : machine;
    }

    public static PciAddress Address(string text) => PciAddress.Parse(text);
}
