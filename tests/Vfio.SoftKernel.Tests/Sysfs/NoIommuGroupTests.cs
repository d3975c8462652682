using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>What sysfs shows of a device without an IOMMU while vfio-pci has it. As Linux 7.2.13 in a QEMU without an IOMMU.</summary>
public sealed class NoIommuGroupTests : IDisposable
{
    private const string Edu = "0000:00:01.0";
    private const string Nvme = "0000:00:02.0";

    private readonly Machine _machine;

    public NoIommuGroupTests()
    {
        MachineTopology intel = SoftTopologies.Load("q35-intel");
        _machine = new Machine(intel with
        {
            Iommus = [],
            Functions = [.. intel.Functions.Select(function => function with { Driver = null, Group = null, Iommu = null, ReservedRegions = [] })],
        });
        _machine.Write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "1");
    }

    [Fact]
    public void It_has_a_group_of_its_own_with_a_name_and_no_type()
    {
        Bind(Edu);
        Bind(Nvme);
        Assert.Equal(["0", "1"], _machine.List("/sys/kernel/iommu_groups"));
        Assert.Equal(["devices", "name", "reserved_regions", "type"], _machine.List("/sys/kernel/iommu_groups/0"));
        Assert.Equal("vfio-noiommu\n", _machine.Read("/sys/kernel/iommu_groups/0/name"));
        Assert.Equal("", _machine.Read("/sys/kernel/iommu_groups/0/reserved_regions"));
        Assert.Equal("unknown\n", _machine.Read("/sys/kernel/iommu_groups/0/type"));
        Assert.Equal("-EINVAL", _machine.Write("/sys/kernel/iommu_groups/0/type", "DMA"));
        Assert.Equal($"../../../../devices/pci0000:00/{Edu}", _machine.Link($"/sys/kernel/iommu_groups/0/devices/{Edu}"));
        Assert.Equal("../../../kernel/iommu_groups/0", _machine.Link($"/sys/bus/pci/devices/{Edu}/iommu_group"));
        Assert.Equal("../../devices/virtual/vfio/noiommu-1", _machine.Link("/sys/class/vfio/noiommu-1"));
        Assert.False(_machine.Exists("/dev/vfio/devices"));
    }

    [Fact]
    public void The_group_goes_with_the_driver_and_its_number_is_the_next_ones()
    {
        Bind(Edu);
        Bind(Nvme);
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers/vfio-pci/unbind", Edu));
        Assert.Equal(["1"], _machine.List("/sys/kernel/iommu_groups"));
        Assert.False(_machine.Exists($"/sys/bus/pci/devices/{Edu}/iommu_group"));
        Bind(Edu);
        Assert.Equal($"../../../../devices/pci0000:00/{Edu}", _machine.Link($"/sys/kernel/iommu_groups/0/devices/{Edu}"));
    }

    [Fact]
    public void Without_the_parameter_the_next_is_refused_and_those_there_stay()
    {
        Bind(Edu);
        _machine.Write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "0");
        _machine.Write($"/sys/bus/pci/devices/{Nvme}/driver_override", "vfio-pci");
        Assert.Equal("-EINVAL", _machine.Write("/sys/bus/pci/drivers/vfio-pci/bind", Nvme));
        Assert.True(_machine.Exists("/dev/vfio/noiommu-0"));
    }

    public void Dispose() => _machine.Dispose();

    private void Bind(string address)
    {
        _machine.Write($"/sys/bus/pci/devices/{address}/driver_override", "vfio-pci");
        Assert.Equal("12", _machine.Write("/sys/bus/pci/drivers_probe", address));
    }
}
