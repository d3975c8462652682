using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class IommufdObjectTests : IDisposable
{
    private readonly CallRecorder _calls = new();
    private readonly IommufdContext _context;
    private readonly Ioas _ioas;

    public IommufdObjectTests()
    {
        _context = new IommufdContext(_calls.File("/dev/iommu"));
        _ioas = _context.GetIoas(5);
    }

    public void Dispose() => _context.Dispose();

    [Fact]
    public void A_page_table_names_its_fault_queue_only_where_it_has_one()
    {
        using Hwpt plain = Hwpt(HwptOptions.NestParent);
        IommuHwptAlloc argument = _calls.As<IommuHwptAlloc>();
        Assert.Equal((48u, 1u, 7u, 5u, 0u), (argument.Size, argument.Flags, argument.DevId, argument.PtId, argument.FaultId));
        Assert.Equal(9u, plain.Id);

        using FaultQueue faults = FaultQueue();
        _calls.OnIoctl = Hwpt;
        using Hwpt faulting = _context.AllocateHwpt(7, _ioas, HwptOptions.DirtyTracking, faults);
        argument = _calls.As<IommuHwptAlloc>();
        Assert.Equal((2u | IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, 3u), (argument.Flags, argument.FaultId));
    }

    [Fact]
    public void A_nested_page_table_gives_its_data_by_address_and_length()
    {
        using Hwpt parent = Hwpt();
        IommuHwptVtdS1 seen = default;
        _calls.OnIoctl = (request, argument) =>
        {
            _ = StructBytes.TryRead(argument, out IommuHwptAlloc alloc);
            _ = StructBytes.TryRead(CallRecorder.At(alloc.DataUptr, (int)alloc.DataLen), out seen);
            return Hwpt(request, argument);
        };
        using NestedHwpt nested = _context.AllocateNestedHwpt(7, parent, new IommuHwptVtdS1 { Flags = 1, PgtblAddr = 0x4000, AddrWidth = 48 });
        _calls.OnIoctl = null;
        IommuHwptAlloc argument = _calls.As<IommuHwptAlloc>();
        Assert.Equal((7u, 9u, IommufdUapi.IOMMU_HWPT_DATA_VTD_S1, 24u, 0u), (argument.DevId, argument.PtId, argument.DataType, argument.DataLen, argument.Flags));
        Assert.Equal((0x4000ul, 48u), (seen.PgtblAddr, seen.AddrWidth));
        Assert.Same(parent, nested.Parent);
        Assert.Equal(5u, nested.Ioas.Id);
    }

    [Fact]
    public void An_invalidation_that_fails_tells_how_far_it_came()
    {
        using Hwpt parent = Hwpt();
        using NestedHwpt nested = _context.AllocateNestedHwpt(7, parent, default(IommuHwptVtdS1));
        _calls.OnIoctl = static (request, argument) =>
        {
            _ = StructBytes.TryRead(argument, out IommuHwptInvalidate invalidate);
            Assert.Equal((32u, 24u, 2u), (invalidate.Size, invalidate.EntryLen, invalidate.EntryNum));
            CallRecorder.Set(argument, invalidate with { EntryNum = 1 });
            return -(int)Errno.EINVAL;
        };
        VfioException e = Assert.Throws<VfioException>(() => nested.Invalidate(new IommuHwptVtdS1Invalidate { Npages = 1 }, default));
        _calls.OnIoctl = null;
        Assert.Equal(Errno.EINVAL, e.Errno);
        Assert.Contains("1 of 2 requests", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dirty_bitmap_shorter_than_the_range_never_reaches_the_kernel()
    {
        using Hwpt table = Hwpt(HwptOptions.DirtyTracking);
        int before = _calls.Count;
        Assert.Throws<ArgumentException>(() => table.ReadDirtyBitmap(0, 65 * 4096, 4096, new ulong[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.ReadDirtyBitmap(0, 4096, 3000, new ulong[1]));
        Assert.Equal(before, _calls.Count);
    }

    [Fact]
    public void A_dirty_bitmap_is_the_callers_own_memory()
    {
        using Hwpt table = Hwpt(HwptOptions.DirtyTracking);
        _calls.OnIoctl = static (request, argument) =>
        {
            _ = StructBytes.TryRead(argument, out IommuHwptGetDirtyBitmap get);
            Assert.Equal((0x10000ul, 65ul * 4096, 4096ul, 1u), (get.Iova, get.Length, get.PageSize, get.Flags));
            CallRecorder.Put(get.Data, [0x02, 0, 0, 0, 0, 0, 0, 0, 0x01]);
            return 0;
        };
        ulong[] bitmap = new ulong[2];
        table.ReadDirtyBitmap(0x10000, 65 * 4096, 4096, bitmap, clear: false);
        _calls.OnIoctl = null;
        Assert.Equal([2ul, 1ul], bitmap);
    }

    [Fact]
    public void Tracking_is_enabled_and_disabled_by_one_flag()
    {
        using Hwpt table = Hwpt(HwptOptions.DirtyTracking);
        table.SetDirtyTracking(true);
        Assert.Equal((16u, 1u, 9u), (_calls.As<IommuHwptSetDirtyTracking>().Size, _calls.As<IommuHwptSetDirtyTracking>().Flags, _calls.As<IommuHwptSetDirtyTracking>().HwptId));
        table.SetDirtyTracking(false);
        Assert.Equal(0u, _calls.As<IommuHwptSetDirtyTracking>().Flags);
    }

    [Fact]
    public void Faults_are_read_whole_and_answered_by_the_last_of_a_group()
    {
        using FaultQueue faults = FaultQueue();
        IoPageFault[] read = new IoPageFault[4];
        Assert.Equal(0, faults.TryRead(read));
        IommuHwptPgfault[] queued =
        [
            new() { DevId = 7, Grpid = 2, Perm = 1, Addr = 0x1000 },
            new() { Flags = 3, DevId = 7, Pasid = 12, Grpid = 2, Perm = 2, Addr = 0x2000, Length = 64, Cookie = 77 },
        ];
        _calls.ToRead = StructBytes.AsBytes(queued.AsSpan()).ToArray();
        Assert.Equal(2, faults.TryRead(read));
        Assert.Equal(new IoPageFault(7, null, 2, IoPageAccess.Read, 0x1000, 0, 0, false), read[0]);
        Assert.Equal(new IoPageFault(7, 12, 2, IoPageAccess.Write, 0x2000, 64, 77, true), read[1]);
        Assert.Throws<ArgumentException>(() => faults.Respond(read[0], true));
        faults.Respond(read[1], false);
        Assert.Equal(StructBytes.AsBytes(stackalloc IommuHwptPageResponse[] { new() { Cookie = 77, Code = 1 } }).ToArray(), _calls.Written);
    }

    [Fact]
    public async Task A_group_of_faults_may_be_longer_than_any_before_it()
    {
        using FaultQueue faults = FaultQueue();
        IommuHwptPgfault[] group = [.. Enumerable.Range(0, 70).Select(static page => new IommuHwptPgfault { Flags = page == 69 ? 2u : 0, Addr = (ulong)page << 12 })];
        byte[] bytes = StructBytes.AsBytes(group.AsSpan()).ToArray();
        (_calls.ToRead, _calls.PieceSize) = (bytes, bytes.Length);
        Assert.Equal(Errno.EINVAL, Assert.Throws<VfioException>(() => faults.TryRead(new IoPageFault[69])).Errno);
        IoPageFault[] read = new IoPageFault[100];
        Assert.Equal(70, faults.TryRead(read));
        Assert.Equal((0x45000ul, true), (read[69].Address, read[69].IsLast));

        using FaultQueue others = FaultQueue();
        _calls.ToRead = bytes;
        int count = 0;
        await foreach (IoPageFault fault in others.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            count++;
            if (fault.IsLast)
            {
                break;
            }
        }

        Assert.Equal(70, count);
    }

    [Fact]
    public async Task Faults_that_a_loop_was_left_before_are_read_next()
    {
        using FaultQueue faults = FaultQueue();
        IommuHwptPgfault[] queued = [new() { Addr = 0x1000 }, new() { Addr = 0x2000 }, new() { Flags = 2, Addr = 0x3000 }];
        _calls.ToRead = StructBytes.AsBytes(queued.AsSpan()).ToArray();
        await foreach (IoPageFault fault in faults.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(0x1000ul, fault.Address);
            break;
        }

        IoPageFault[] read = new IoPageFault[1];
        Assert.Equal(1, faults.TryRead(read));
        Assert.Equal(0x2000ul, read[0].Address);
        Assert.Equal(1, await faults.ReadAsync(read, TestContext.Current.CancellationToken));
        Assert.Equal(0x3000ul, read[0].Address);
        Assert.Equal(0, faults.TryRead(read));
    }

    [Fact]
    public async Task A_cancelled_reader_takes_nothing_even_where_there_is_something()
    {
        using FaultQueue faults = FaultQueue();
        IommuHwptPgfault[] queued = [new() { Flags = 2, Addr = 0x1000 }, new() { Flags = 2, Addr = 0x2000 }];
        _calls.ToRead = StructBytes.AsBytes(queued.AsSpan()).ToArray();
        IoPageFault[] read = new IoPageFault[4];
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await faults.ReadAsync(read, new CancellationToken(true)));
        using CancellationTokenSource source = new();
        int seen = 0;
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (IoPageFault fault in faults.ReadAllAsync(source.Token))
            {
                seen++;
                await source.CancelAsync();
            }
        });
        Assert.Equal((1, 1), (seen, faults.TryRead(read)));
        Assert.Equal(0x2000ul, read[0].Address);
    }

    [Fact]
    public void A_fault_queue_closes_its_file_before_it_is_destroyed()
    {
        FaultQueue faults = FaultQueue();
        faults.Dispose();
        faults.Dispose();
        Assert.Equal([CallRecorder.OwnFd + 1], _calls.Closed);
        Assert.Equal(IommufdUapi.IOMMU_DESTROY, _calls.Request);
        Assert.Equal(3u, _calls.As<IommuDestroy>().Id);
    }

    [Fact]
    public void A_virtual_iommu_gives_what_it_makes_its_own_id()
    {
        using Hwpt parent = Hwpt(HwptOptions.NestParent);
        using VirtualIommu iommu = Viommu(parent);
        IommuViommuAlloc alloc = _calls.As<IommuViommuAlloc>();
        Assert.Equal((40u, 1u, 7u, 9u, 0u, 0ul), (alloc.Size, alloc.Type, alloc.DevId, alloc.HwptId, alloc.DataLen, alloc.DataUptr));

        _calls.OnIoctl = static (_, argument) => Out<IommuVdeviceAlloc>(argument, static (ref a) => a.OutVdeviceId = 21);
        using VirtualDevice device = iommu.AddDevice(7, 0x99);
        Assert.Equal((24u, 20u, 7u, 0x99ul), (_calls.As<IommuVdeviceAlloc>().Size, _calls.As<IommuVdeviceAlloc>().ViommuId, _calls.As<IommuVdeviceAlloc>().DevId, _calls.As<IommuVdeviceAlloc>().VirtId));
        Assert.Equal(21u, device.Id);

        _calls.OnIoctl = static (_, argument) => Out<IommuHwQueueAlloc>(argument, static (ref a) => a.OutHwQueueId = 22);
        using HardwareQueue queue = iommu.AllocateHardwareQueue(1, 3, 0x8000, 4096);
        IommuHwQueueAlloc hw = _calls.As<IommuHwQueueAlloc>();
        Assert.Equal((40u, 20u, 1u, 3u, 0x8000ul, 4096ul), (hw.Size, hw.ViommuId, hw.Type, hw.Index, hw.NestingParentIova, hw.Length));
    }

    [Fact]
    public void Virtual_events_come_one_by_one_and_a_loss_has_no_data()
    {
        using Hwpt parent = Hwpt(HwptOptions.NestParent);
        using VirtualIommu iommu = Viommu(parent);
        _calls.OnIoctl = static (_, argument) => Out<IommuVeventqAlloc>(argument, static (ref a) => (a.OutVeventqId, a.OutVeventqFd) = (30, CallRecorder.OwnFd + 2));
        using VirtualEventQueue queue = iommu.AllocateEventQueue(IommufdUapi.IOMMU_VEVENTQ_TYPE_ARM_SMMUV3, 64);
        Assert.Equal((32u, 20u, 1u, 64u), (_calls.As<IommuVeventqAlloc>().Size, _calls.As<IommuVeventqAlloc>().ViommuId, _calls.As<IommuVeventqAlloc>().Type, _calls.As<IommuVeventqAlloc>().VeventqDepth));
        Assert.False(queue.TryRead(out _));
        byte[] first = [0, 0, 0, 0, 4, 0, 0, 0, 0xaa, .. new byte[31]];
        byte[] loss = [1, 0, 0, 0, 9, 0, 0, 0];
        _calls.ToRead = [.. first, .. loss];
        Assert.True(queue.TryRead(out VirtualEvent item));
        Assert.Equal((4u, false, 0xaaul), (item.Sequence, item.IsLoss, item.ToSmmuv3().Evt0));
        Assert.True(queue.TryRead(out item));
        Assert.Equal((9u, true, 0), (item.Sequence, item.IsLoss, item.Data.Length));
        Assert.Throws<InvalidOperationException>(() => item.ToSmmuv3());
        Assert.False(queue.TryRead(out _));
    }

    [Fact]
    public async Task A_cancelled_reader_takes_no_event()
    {
        using Hwpt parent = Hwpt(HwptOptions.NestParent);
        using VirtualIommu iommu = Viommu(parent);
        _calls.OnIoctl = static (_, argument) => Out<IommuVeventqAlloc>(argument, static (ref a) => (a.OutVeventqId, a.OutVeventqFd) = (30, CallRecorder.OwnFd + 2));
        using VirtualEventQueue queue = iommu.AllocateEventQueue(IommufdUapi.IOMMU_VEVENTQ_TYPE_ARM_SMMUV3, 64);
        _calls.ToRead = [1, 0, 0, 0, 9, 0, 0, 0];
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await queue.ReadAsync(new CancellationToken(true)));
        Assert.True(queue.TryRead(out _));
    }

    [Fact]
    public void An_event_no_kind_has_is_refused_before_the_queue_is_made()
    {
        using Hwpt parent = Hwpt(HwptOptions.NestParent);
        using VirtualIommu iommu = Viommu(parent);
        int before = _calls.Count;
        Assert.Throws<ArgumentOutOfRangeException>(() => iommu.AllocateEventQueue(77, 64));
        Assert.Throws<ArgumentOutOfRangeException>(() => iommu.AllocateEventQueue(77, 64, int.MaxValue));
        Assert.Equal(before, _calls.Count);
    }

    [Fact]
    public void An_id_of_another_iommufd_never_reaches_this_one()
    {
        using Hwpt parent = Hwpt(HwptOptions.NestParent);
        using FaultQueue faults = FaultQueue();
        using IommufdContext other = new(_calls.File("/dev/iommu", CallRecorder.OwnFd + 5));
        int before = _calls.Count;
        Assert.Throws<ArgumentException>(() => other.AllocateHwpt(7, _ioas));
        Assert.Throws<ArgumentException>(() => other.AllocateHwpt(7, other.GetIoas(5), faults: faults));
        Assert.Throws<ArgumentException>(() => other.AllocateNestedHwpt(7, parent, default(IommuHwptVtdS1)));
        Assert.Throws<ArgumentException>(() => other.AllocateVirtualIommu(7, parent, 1));
        Assert.Equal(before, _calls.Count);
    }

    [Fact]
    public void Hardware_information_of_a_kind_is_asked_with_the_flag_and_read_by_its_type()
    {
        _calls.OnIoctl = static (request, argument) =>
        {
            _ = StructBytes.TryRead(argument, out IommuHwInfo info);
            CallRecorder.Put(info.DataUptr, [0, 0, 0, 0, 1, 2, 3, 0]);
            CallRecorder.Set(argument, info with { DataLen = 8, OutDataType = IommufdUapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV, OutCapabilities = 1, OutMaxPasidLog2 = 20 });
            return 0;
        };
        IommuHardwareInfo info = _context.GetHardwareInfo(7, IommufdUapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV);
        Assert.Equal((1u, 3u), (_calls.As<IommuHwInfo>().Flags, _calls.As<IommuHwInfo>().InDataType));
        Assert.Equal((true, false, (byte)20), (info.CanTrackDirtyPages, info.HasPasidExecute, info.MaxPasidLog2));
        Assert.Equal((byte)2, info.Tegra241Cmdqv!.Value.Log2vcmdqs);
        Assert.Null(info.Vtd);
        _ = _context.GetHardwareInfo(7);
        Assert.Equal(0u, _calls.As<IommuHwInfo>().Flags);
    }

    [Fact]
    public void Changing_the_process_names_nothing_but_itself()
    {
        _context.ChangeProcess();
        Assert.Equal((IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS, 8u), (_calls.Request, _calls.As<IommuIoasChangeProcess>().Size));
    }

    private delegate void Fill<T>(ref T argument);

    private static int Out<T>(Span<byte> argument, Fill<T> fill)
        where T : unmanaged
    {
        if (argument.Length == StructBytes.SizeOf<T>())
        {
            _ = StructBytes.TryRead(argument, out T value);
            fill(ref value);
            CallRecorder.Set(argument, value);
        }

        return 0;
    }

    private static int Hwpt(uint request, Span<byte> argument) => Out<IommuHwptAlloc>(argument, static (ref a) => a.OutHwptId = 9);

    private Hwpt Hwpt(HwptOptions options = HwptOptions.None)
    {
        _calls.OnIoctl = Hwpt;
        return _context.AllocateHwpt(7, _ioas, options);
    }

    private FaultQueue FaultQueue()
    {
        _calls.OnIoctl = static (_, argument) => Out<IommuFaultAlloc>(argument, static (ref a) => (a.OutFaultId, a.OutFaultFd) = (3, CallRecorder.OwnFd + 1));
        FaultQueue faults = _context.AllocateFaultQueue();
        _calls.OnIoctl = null;
        return faults;
    }

    private VirtualIommu Viommu(Hwpt parent)
    {
        _calls.OnIoctl = static (_, argument) => Out<IommuViommuAlloc>(argument, static (ref a) => a.OutViommuId = 20);
        VirtualIommu iommu = _context.AllocateVirtualIommu(7, parent, 1);
        _calls.OnIoctl = null;
        return iommu;
    }
}
