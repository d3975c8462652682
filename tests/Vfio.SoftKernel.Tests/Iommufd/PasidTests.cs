using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>
/// PASIDs of groups of several functions, which the transcripts' mock devices do not form. Linux: iommu_attach_device_pasid of drivers/iommu/iommu.c,
/// intel_iommu_set_dev_pasid of drivers/iommu/intel/iommu.c.
/// </summary>
public sealed class PasidTests
{
    private readonly IommufdClient _client = new();
    private readonly IommuUnit _unit = Units.Scalable();

    [Fact]
    public void A_pasid_beyond_what_any_function_of_the_group_has_is_EINVAL()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 16), Units.PasidDevice(_unit, 1, 8));
        uint table = Table(devices[0]);

        Assert.Equal(Errno.EINVAL, devices[0].Attach(ref table, 256));
        Assert.Equal(Errno.None, devices[0].Attach(ref table, 255));
    }

    [Fact]
    public void A_function_without_pasids_hinders_no_other()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 4), Units.Device(_unit, 1));
        uint table = Table(devices[0]);

        Assert.Equal(Errno.None, devices[0].Attach(ref table, 15));
        Assert.Equal(Errno.EINVAL, devices[0].Attach(ref table, 16));

        // It makes no request with one, so any will do for it; only the group has it already.
        Assert.Equal(Errno.None, devices[1].Attach(ref table, 15));
        Assert.Equal(Errno.EBUSY, devices[1].Attach(ref table, 15));
    }

    [Fact]
    public void The_devices_of_a_group_share_what_a_pasid_is_attached_to()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 8), Units.PasidDevice(_unit, 1, 8));
        uint table = Table(devices[0]);
        uint other = Table(devices[0]);
        Assert.Equal(Errno.None, devices[0].Attach(ref table, 5));

        Assert.Equal(Errno.EINVAL, devices[1].Attach(ref other, 5));
        Assert.Equal(Errno.EINVAL, devices[1].Replace(ref other, 5));
        Assert.Equal(Errno.None, devices[1].Attach(ref table, 5));
        Assert.Equal(Errno.None, devices[1].Replace(ref other, 5));
        Assert.Equal(0, _client.Destroy(table));
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(other));

        devices[0].Detach(5);
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(other));
        devices[1].Detach(5);
        Assert.Equal(0, _client.Destroy(other));
    }

    [Fact]
    public void The_whole_group_stays_where_pasids_can_be_while_one_is_attached()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 8), Units.PasidDevice(_unit, 1, 8));
        uint table = Table(devices[0]);
        uint ioas = _client.AllocIoas();
        uint own = table;
        Assert.Equal(Errno.None, devices[0].Attach(ref table, 5));
        uint target = ioas;
        Assert.Equal(Errno.EINVAL, devices[1].Attach(ref target));
        Assert.Equal(Errno.None, devices[1].Attach(ref own));
        target = ioas;
        Assert.Equal(Errno.EINVAL, devices[1].Replace(ref target));

        devices[0].Detach(5);
        target = ioas;
        Assert.Equal(Errno.None, devices[1].Replace(ref target));
        Assert.Equal(Errno.EINVAL, devices[0].Attach(ref table, 5));
    }

    [Fact]
    public void A_detach_gives_the_pasid_back_even_from_another_pasid_of_the_same_table()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 8));
        uint table = Table(devices[0]);
        Assert.Equal(Errno.None, devices[0].Attach(ref table, 5));
        Assert.Equal(Errno.None, devices[0].Attach(ref table, 6));
        Assert.Equal([5u, 6u], devices[0].AttachedPasids.Order());

        devices[0].Detach(5);
        devices[0].Detach(5);
        Assert.False(devices[0].IsPasidAttached(5));
        Assert.True(devices[0].IsPasidAttached(6));
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(table));
        devices[0].Detach(6);
        Assert.Equal(0, _client.Destroy(table));
        devices[0].Unbind();
    }

    [Fact]
    public void A_driver_without_pasids_takes_none()
    {
        SoftDevice device = Units.Device(Units.Virtio());
        IommuCore.IommuGroup group = Units.Group(1, device);

        Assert.Equal(Errno.EOPNOTSUPP, group.AttachPasid(device.Unit!.AllocateDomain(), 5));
        Assert.Equal(Errno.EOPNOTSUPP, group.ReplacePasid(device.Unit!.AllocateDomain(), 5));
    }

    [Fact]
    public void Another_drivers_page_table_and_pasid_0_are_EINVAL()
    {
        SoftDevice device = Units.PasidDevice(_unit, 0, 8);
        IommuCore.IommuGroup group = Units.Group(1, device);

        Assert.Equal(Errno.EINVAL, group.AttachPasid(Units.Amd().AllocateDomain(), 5));
        Assert.Equal(Errno.EINVAL, group.AttachPasid(_unit.AllocateDomain(), 0));
        Assert.Equal(Errno.EINVAL, group.ReplacePasid(_unit.AllocateDomain(), 5));
    }

    [Fact]
    public void A_driver_that_refuses_one_function_leaves_all_as_they_were()
    {
        // The second stands behind a unit without PASIDs of its own kind: its driver answers only once the first has been moved.
        SoftDevice first = Units.PasidDevice(_unit, 0, 8);
        SoftDevice second = Units.PasidDevice(Narrow(), 1, 8);
        IommuCore.IommuGroup group = Units.Group(1, first, second);
        IommuDomain domain = _unit.AllocateDomain();

        Assert.Equal(Errno.EINVAL, group.AttachPasid(domain, 5));
        Assert.Equal(Errno.EINVAL, group.ReplacePasid(domain, 5));
        IommuDomain narrow = Narrow().AllocateDomain();
        Assert.Equal(Errno.None, group.AttachPasid(narrow, 5));
        Assert.Equal(Errno.EINVAL, group.ReplacePasid(domain, 5));
        Assert.Equal(Errno.None, group.ReplacePasid(Narrow().AllocateDomain(), 5));
    }

    [Fact]
    public void GET_HW_INFO_tells_the_smaller_of_what_device_and_unit_can()
    {
        IommufdDevice[] devices = Bind(Units.PasidDevice(_unit, 0, 16));
        IommuHwInfo info = new() { DevId = devices[0].Id };
        Assert.Equal(0, _client.HwInfo(ref info, []));
        Assert.Equal(16, info.OutMaxPasidLog2);

        info = new() { DevId = Bind(Units.Device(_unit, 1))[0].Id };
        Assert.Equal(0, _client.HwInfo(ref info, []));
        Assert.Equal(0, info.OutMaxPasidLog2);
    }

    private static IommuUnit Narrow() => new()
    {
        Name = "dmar2",
        Kind = IommuKind.IntelVtd,
        PageSizes = 0x1000,
        ApertureLast = 0x7f_ffff_ffff,
        Ecap = Units.Scalable().Ecap,
    };

    private IommufdDevice[] Bind(params SoftDevice[] devices)
    {
        Units.Group(devices[0].Model.Location.Function + 1, devices);
        return [.. devices.Select(device =>
        {
            Assert.Equal(Errno.None, IommufdDevice.Bind(_client.File, device, out IommufdDevice? bound));
            return bound!;
        })];
    }

    private uint Table(IommufdDevice device)
    {
        IommuHwptAlloc command = new() { DevId = device.Id, PtId = _client.AllocIoas(), Flags = IommufdUapi.IOMMU_HWPT_ALLOC_PASID };
        Assert.Equal(0, _client.AllocHwpt(command, out uint table));
        return table;
    }
}
