using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>The host's descriptors behind event queues: they poll as the queues do, whoever asks and through whatever.</summary>
public sealed class EventQueueDescriptorTests : IDisposable
{
    private readonly Machine _machine = new("selftest");
    private readonly int _iommufd;
    private readonly uint _ioas;
    private readonly uint _holder;
    private readonly uint _device;

    public EventQueueDescriptorTests()
    {
        _iommufd = _machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        IommuIoasAlloc alloc = new() { Size = 12 };
        Call(IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc);
        _ioas = alloc.OutIoasId;
        IommuTestCmd mock = new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN, Id = _ioas };
        Test(ref mock);
        (_holder, _device) = (mock.MockDomainOutStdevId, mock.MockDomainOutIdevId);
    }

    public void Dispose()
    {
        _machine.Calls.Close(_iommufd);
        Assert.Empty(_machine.Calls.FindLeaks());
        _machine.Dispose();
    }

    [Fact]
    public void A_fault_queue_is_always_writable_and_readable_while_something_waits()
    {
        (int queue, uint table) = FaultQueue();
        Assert.Equal(PollEvents.Out, Poll(queue));
        Move(table);
        Fault();
        Fault();
        Assert.Equal(PollEvents.In | PollEvents.Out, Poll(queue));

        byte[] one = new byte[40];
        Assert.Equal(40, _machine.Calls.Read(queue, one));
        Assert.Equal(PollEvents.In | PollEvents.Out, Poll(queue));
        Assert.Equal(40, _machine.Calls.Read(queue, one));
        Assert.Equal(PollEvents.Out, Poll(queue));

        Fault();
        Move(_ioas);
        Assert.Equal(PollEvents.Out, Poll(queue));
        _machine.Calls.Close(queue);
    }

    [Fact]
    public void An_epoll_instance_of_the_program_sees_it_and_a_duplicate_is_the_same_queue()
    {
        (int queue, uint table) = FaultQueue();
        int copy = _machine.Calls.Dup(queue);
        _machine.Calls.Close(queue);
        int epoll = _machine.Calls.EpollCreate();
        Assert.Equal(0, _machine.Calls.EpollCtl(epoll, EpollOperation.Add, copy, PollEvents.In, 7));
        EpollEvent[] events = new EpollEvent[1];
        Assert.Equal(0, _machine.Calls.EpollWait(epoll, events, 0));

        Move(table);
        Fault();
        Assert.Equal(1, _machine.Calls.EpollWait(epoll, events, 0));
        Assert.Equal(40, _machine.Calls.Read(copy, new byte[80]));
        Assert.Equal(0, _machine.Calls.EpollWait(epoll, events, 0));
        _machine.Calls.Close(epoll);
        _machine.Calls.Close(copy);
    }

    [Fact]
    public async Task A_thread_that_polls_is_woken()
    {
        (int queue, uint table) = FaultQueue();
        Move(table);
        Task<PollEvents> polled = Task.Run(() => Poll(queue, PollEvents.In, 30_000), TestContext.Current.CancellationToken);
        Fault();

        Assert.Equal(PollEvents.In, await polled);
        _machine.Calls.Close(queue);
    }

    [Fact]
    public void A_queue_of_vevents_is_never_writable()
    {
        (int queue, uint nested) = VeventQueue();
        Assert.Equal(PollEvents.None, Poll(queue));
        Move(nested);
        IommuTestCmd trigger = new() { Op = IOMMU_TEST_OP_TRIGGER_VEVENT, TriggerVeventDevId = _device };
        Test(ref trigger);

        Assert.Equal(PollEvents.In, Poll(queue));
        Assert.Equal(12, _machine.Calls.Read(queue, new byte[64]));
        Assert.Equal(PollEvents.None, Poll(queue));
        _machine.Calls.Close(queue);
    }

    [Fact]
    public void What_is_queued_outlives_neither_the_descriptor_nor_the_host()
    {
        (int queue, uint table) = FaultQueue();
        Move(table);
        Fault();
        _machine.Calls.Close(queue);
        Fault();
        Move(_ioas);
    }

    [Fact]
    public void Fstat_says_what_it_says_of_every_anonymous_inode()
    {
        (int queue, _) = FaultQueue();
        int eventfd = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(0, _machine.Calls.Fstat(queue, out FileStatus ours));
        Assert.Equal(0, _machine.Calls.Fstat(eventfd, out FileStatus theirs));

        Assert.Equal(theirs, ours);
        _machine.Calls.Close(eventfd);
        _machine.Calls.Close(queue);
    }

    private (int Descriptor, uint Table) FaultQueue()
    {
        IommuFaultAlloc alloc = new() { Size = 16 };
        Call(IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, ref alloc);
        return (alloc.OutFaultFd, Table(new() { Size = 48, DevId = _device, PtId = _ioas, Flags = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, FaultId = alloc.OutFaultId }));
    }

    private (int Descriptor, uint Nested) VeventQueue()
    {
        uint parent = Table(new() { Size = 48, DevId = _device, PtId = _ioas, Flags = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT });
        IommuViommuAlloc viommu = new() { Size = 40, Type = IOMMU_VIOMMU_TYPE_SELFTEST, DevId = _device, HwptId = parent };
        Call(IommufdUapi.IOMMU_VIOMMU_ALLOC, ref viommu);
        IommuVdeviceAlloc vdevice = new() { Size = 24, ViommuId = viommu.OutViommuId, DevId = _device, VirtId = 0x99 };
        Call(IommufdUapi.IOMMU_VDEVICE_ALLOC, ref vdevice);
        IommuVeventqAlloc queue = new() { Size = 32, ViommuId = viommu.OutViommuId, Type = IOMMU_VEVENTQ_TYPE_SELFTEST, VeventqDepth = 2 };
        Call(IommufdUapi.IOMMU_VEVENTQ_ALLOC, ref queue);
        nint page = _machine.Calls.Mmap(4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        uint nested = Table(new() { Size = 48, DevId = _device, PtId = viommu.OutViommuId, DataType = IOMMU_HWPT_DATA_SELFTEST, DataLen = 4, DataUptr = (ulong)page });
        _machine.Calls.Munmap(page, 4096);
        return (queue.OutVeventqFd, nested);
    }

    private uint Table(IommuHwptAlloc command)
    {
        Call(IommufdUapi.IOMMU_HWPT_ALLOC, ref command);
        return command.OutHwptId;
    }

    private void Move(uint table)
    {
        IommuTestCmd replace = new() { Op = IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, Id = _holder, MockDomainReplacePtId = table };
        Test(ref replace);
    }

    private void Fault()
    {
        IommuTestCmd trigger = new() { Op = IOMMU_TEST_OP_TRIGGER_IOPF, TriggerIopfDevId = _device, TriggerIopfAddr = 0x1000 };
        Test(ref trigger);
    }

    private void Test(ref IommuTestCmd command)
    {
        command.Size = 72;
        Call(IOMMU_TEST_CMD, ref command);
    }

    private void Call<T>(uint request, ref T argument)
        where T : unmanaged => Assert.Equal(0, _machine.Calls.Ioctl(_iommufd, request, StructBytes.AsBytes(ref argument)));

    private PollEvents Poll(int fd, PollEvents wanted = PollEvents.In | PollEvents.Out, int timeout = 0)
    {
        PollFd[] polled = [new PollFd(fd, wanted)];
        _machine.Calls.Poll(polled, timeout);
        return polled[0].Returned;
    }
}
