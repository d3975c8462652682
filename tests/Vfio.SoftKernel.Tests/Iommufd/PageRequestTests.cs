using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;
using SoftFaultQueue = Vfio.SoftKernel.Iommufd.FaultQueue;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Page requests from a device to user space and back. Linux: drivers/iommu/io-pgfault.c, drivers/iommu/iommufd/eventq.c. The mock device of the transcripts sends none but whole groups of one.</summary>
public sealed class PageRequestTests
{
    private const uint Last = IommufdUapi.IOMMU_PGFAULT_FLAGS_LAST_PAGE;

    private readonly IommufdClient _client = new();
    private readonly SoftFaultQueue _queue;

    public PageRequestTests()
    {
        _queue = new SoftFaultQueue(_client.File);
        _client.File.Objects.Reserve(_queue);
        ObjectTable.Publish(_queue);
    }

    [Fact]
    public void Requests_wait_for_the_last_of_their_group_and_come_in_their_order()
    {
        IommufdDevice device = Attached(Units.Amd());
        Assert.True(device.ReportPageRequest(new PageRequest(0, 0, 1, 1, 0x1000)));
        Assert.True(device.ReportPageRequest(new PageRequest(0, 0, 2, 1, 0x9000)));
        Assert.True(device.ReportPageRequest(new PageRequest(0, 0, 1, 1, 0x2000)));
        Assert.Empty(Read(4));

        Assert.True(device.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x3000)));
        IommuHwptPgfault[] group = Read(4);
        Assert.Equal([0x1000UL, 0x2000, 0x3000], group.Select(static fault => fault.Addr));
        Assert.All(group, fault => Assert.Equal(1u, fault.Cookie));
        Assert.Equal([0u, 0, Last], group.Select(static fault => fault.Flags));
    }

    [Fact]
    public void A_group_is_read_whole_or_not()
    {
        IommufdDevice device = Attached(Units.Amd());
        device.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x1000));
        device.ReportPageRequest(new PageRequest(0, 0, 2, 1, 0x2000));
        device.ReportPageRequest(new PageRequest(Last, 0, 2, 1, 0x3000));

        Assert.Equal([0x1000UL], Read(2).Select(static fault => fault.Addr));
        Assert.Equal(-(int)Errno.EINVAL, _queue.Read(new byte[40]));
        Assert.Equal(2, Read(2).Length);
    }

    [Fact]
    public void One_answer_is_for_the_whole_group()
    {
        IommufdDevice device = Attached(Units.Amd());
        device.ReportPageRequest(new PageRequest(0, 0, 2, 1, 0x2000));
        device.ReportPageRequest(new PageRequest(Last, 0, 2, 1, 0x3000));
        Read(2);

        Assert.Equal(8, Answer(1));
        Assert.Equal(-(int)Errno.EINVAL, Answer(1));
    }

    [Fact]
    public void Requests_of_the_whole_group_bear_the_id_of_the_device_that_attached_it()
    {
        var unit = Units.Amd();
        SoftDevice first = Units.Device(unit);
        SoftDevice second = Units.Device(unit, 1);
        Units.Group(1, first, second);
        Assert.Equal(Errno.None, IommufdDevice.Bind(_client.File, first, out IommufdDevice? one));
        Assert.Equal(Errno.None, IommufdDevice.Bind(_client.File, second, out IommufdDevice? two));
        uint table = Table(one!);
        uint same = table;
        Assert.Equal(Errno.None, one!.Attach(ref table));
        Assert.Equal(Errno.None, two!.Attach(ref same));

        two.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x1000));
        Assert.Equal(one.Id, Assert.Single(Read(1)).DevId);

        // Who moves the group stands for it from then on.
        uint other = Table(two);
        Assert.Equal(Errno.None, two.Replace(ref other));
        one.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x1000));
        Assert.Equal(two.Id, Assert.Single(Read(1)).DevId);
    }

    [Fact]
    public void Only_what_came_through_an_attachment_goes_with_it()
    {
        IommufdDevice stays = Attached(Units.Amd(), 1);
        IommufdDevice goes = Attached(Units.Amd(), 2);
        stays.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x1000));
        goes.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x2000));
        Read(2);
        goes.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x3000));
        stays.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x4000));

        goes.Detach();
        Assert.Equal(-(int)Errno.EINVAL, Answer(2));
        Assert.Equal([0x4000UL], Read(2).Select(static fault => fault.Addr));
        Assert.Equal(8, Answer(1));
    }

    [Fact]
    public void A_device_that_is_attached_to_nothing_is_told_that_nobody_answers()
    {
        IommufdDevice device = Attached(Units.Amd());
        device.Detach();

        Assert.False(device.ReportPageRequest(new PageRequest(Last, 0, 1, 1, 0x1000)));
    }

    [Fact]
    public void A_process_without_room_for_a_descriptor_has_no_queue()
    {
        IommuFaultAlloc alloc = new() { Size = 16 };
        Assert.Equal(-(int)Errno.EMFILE, _client.Call(IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, ref alloc));

        Assert.Equal(_queue.Id + 1, _client.AllocIoas());
    }

    private IommufdDevice Attached(Hardware.Iommus.IommuUnit unit, int group = 1)
    {
        SoftDevice device = Units.Device(unit, (byte)group);
        Units.Group(group, device);
        Assert.Equal(Errno.None, IommufdDevice.Bind(_client.File, device, out IommufdDevice? bound));
        uint table = Table(bound!);
        Assert.Equal(Errno.None, bound!.Attach(ref table));
        return bound;
    }

    private uint Table(IommufdDevice device)
    {
        IommuHwptAlloc command = new() { DevId = device.Id, PtId = _client.AllocIoas(), Flags = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, FaultId = _queue.Id };
        Assert.Equal(0, _client.AllocHwpt(command, out uint table));
        return table;
    }

    private IommuHwptPgfault[] Read(int most)
    {
        var faults = new IommuHwptPgfault[most];
        nint read = _queue.Read(StructBytes.AsBytes<IommuHwptPgfault>(faults));
        Assert.True(read >= 0, read.ToString());
        return faults[..((int)read / 40)];
    }

    private nint Answer(uint cookie)
    {
        IommuHwptPageResponse response = new() { Cookie = cookie };
        return _queue.Write(StructBytes.AsBytes(ref response));
    }
}
