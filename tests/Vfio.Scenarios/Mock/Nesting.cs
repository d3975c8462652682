using Vfio.Uapi;

namespace Vfio.Scenarios.Mock;

/// <summary>What a virtual machine's IOMMU is made of, on the kernel's mock IOMMU: nested tables, invalidations, faults, events, queues, dirty pages.</summary>
public static class Nesting
{
    private const uint Kind = IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST;
    private const ulong First = IommufdTestUapi.MOCK_APERTURE_START;

    /// <summary>Tables of a guest's.</summary>
    public static Scenario Tables { get; } = new("nested page tables of a mock device", context =>
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas ioas = iommufd.AllocateIoas();
        MockDevice device = new(iommufd, ioas);
        using Hwpt parent = iommufd.AllocateHwpt(device.Id, ioas, HwptOptions.NestParent);
        IommuHwptSelftest data = new() { Iotlb = IommufdTestUapi.IOMMU_TEST_IOTLB_DEFAULT };
        using NestedHwpt nested = iommufd.AllocateNestedHwpt(device.Id, parent, IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST, data);
        context.Answers("EBUSY", () => iommufd.Destroy(parent.Id), "DESTROY of a parent");
        context.Answers("EOPNOTSUPP", () => iommufd.AllocateNestedHwpt(device.Id, parent, 77, data).Dispose(), "a table of a kind nobody knows");

        // Entry by entry, and all at once; what comes before a bad one is done. Linux: iommufd_hwpt_invalidate.
        const uint Invalidate = IommufdTestUapi.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST;
        nested.Invalidate(Invalidate, new IommuHwptInvalidateSelftest { IotlbId = 0 });
        ScenarioContext.Equal(true, device.Caches(nested, 0, 0) && device.Caches(nested, 1, data.Iotlb));
        IommuHwptInvalidateSelftest one = new() { IotlbId = 1 };
        IommuHwptInvalidateSelftest bad = new() { IotlbId = 99 };
        VfioException failure = ScenarioContext.Fails(Errno.EINVAL, () => nested.Invalidate(Invalidate, one, bad, one));
        ScenarioContext.Check(failure.Message.Contains("1 of 3 requests", StringComparison.Ordinal), failure.Message);
        ScenarioContext.Equal(true, device.Caches(nested, 1, 0) && device.Caches(nested, 2, data.Iotlb));
        nested.Invalidate(Invalidate, new IommuHwptInvalidateSelftest { Flags = IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL });
        ScenarioContext.Equal(true, device.Caches(nested, 2, 0) && device.Caches(nested, 3, 0));
        context.Answers("0", () => nested.Invalidate<ulong>(Invalidate), "whether a kind is known");
        context.Answers("EINVAL", () => nested.Invalidate<ulong>(IommufdTestUapi.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID), "whether another is");
        context.Answers("EINVAL", () => nested.Invalidate(default(IommuHwptVtdS1Invalidate)), "VT-d's on another's table");
        device.Attach(nested.Id);
        context.Answers("EBUSY", () => iommufd.Destroy(nested.Id), "DESTROY of a table with a device");
        IommuHardwareInfo hardware = iommufd.GetHardwareInfo(device.Id, IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST);
        ScenarioContext.Check(StructBytes.TryRead(hardware.Data.Span, out IommuTestHwInfo info), "the information is too short");
        ScenarioContext.Equal(IommufdTestUapi.IOMMU_HW_INFO_SELFTEST_REGVAL, info.TestReg);
        device.Remove();
    });

    /// <summary>Pages a device wrote.</summary>
    public static Scenario DirtyPages { get; } = new("dirty pages of a mock device", context =>
    {
        const ulong Page = 4096, Length = 66 * Page;
        using Pages memory = new(context.Calls, (int)Length);
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas ioas = iommufd.AllocateIoas();
        MockDevice device = new(iommufd, ioas);

        // One by one: what is contiguous in physical memory may be one large entry, which is dirty as a whole.
        for (ulong at = 0; at < Length; at += Page)
        {
            ioas.MapFixed(First + at, memory.Address + (nint)at, Page);
        }

        using Hwpt table = iommufd.AllocateHwpt(device.Id, ioas, HwptOptions.DirtyTracking);
        ScenarioContext.Equal(true, iommufd.GetHardwareInfo(device.Id).CanTrackDirtyPages);
        device.Attach(table.Id);
        table.SetDirtyTracking(true);
        ulong[] written = [0x8000_0000_0000_0005, 2];
        ulong[] seen = new ulong[2];
        ScenarioContext.Equal(4ul, device.Write(table, First, Length, Page, written));

        // Kept, then taken, then gone; bits that were set before stay.
        table.ReadDirtyBitmap(First, Length, Page, seen, clear: false);
        ScenarioContext.Check(seen.AsSpan().SequenceEqual(written), $"written {written[0]:x} {written[1]:x}, seen {seen[0]:x} {seen[1]:x}");
        seen.AsSpan().Clear();
        table.ReadDirtyBitmap(First, Length, Page, seen);
        ScenarioContext.Check(seen.AsSpan().SequenceEqual(written), "what was looked at before was forgotten");
        table.ReadDirtyBitmap(First, Length, Page, seen);
        ScenarioContext.Check(seen.AsSpan().SequenceEqual(written), "bits were taken away");
        seen.AsSpan().Clear();
        table.ReadDirtyBitmap(First, Length, Page, seen);
        ScenarioContext.Check(!seen.AsSpan().ContainsAnyExcept(0ul), "what was taken came again");

        // A bit for more than a page.
        device.Write(table, First, Length, Page, written);
        table.ReadDirtyBitmap(First, Length, 2 * Page, seen);
        ScenarioContext.Check(seen[0] == 0x1_8000_0003, $"by two pages {seen[0]:x}");
        context.Answers("EINVAL", () => table.ReadDirtyBitmap(First + 1024, Length, Page, seen), "a bitmap that is not aligned");
        table.SetDirtyTracking(false);
        device.Attach(ioas.Id);
        device.Remove();
    });

    /// <summary>Faults and their answers.</summary>
    public static Scenario Faults { get; } = new("page faults of a mock device", context =>
    {
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas ioas = iommufd.AllocateIoas();
        MockDevice device = new(iommufd, ioas);
        using FaultQueue faults = iommufd.AllocateFaultQueue();
        using Hwpt table = iommufd.AllocateHwpt(device.Id, ioas, faults: faults);
        device.Attach(table.Id);
        Task<IoPageFault[]> reading = Read(faults, 3);
        device.Fault(7, IoPageAccess.Read | IoPageAccess.Write, 0xdead_b000);
        device.Fault(8, IoPageAccess.Write, 0x1000);
        device.Fault(9, IoPageAccess.Execute, 0x2000);
        ScenarioContext.Check(reading.Wait(TimeSpan.FromSeconds(60)), "the faults did not come");
        IoPageFault[] read = reading.Result;
        foreach (IoPageFault fault in read)
        {
            context.Note($"{fault.Group} {fault.Access} 0x{fault.Address:x} {fault.IsLast}");
        }

        faults.Respond(read[1], resolved: false);
        context.Answers("EINVAL", () => faults.Respond(read[1], resolved: true), "a group answered twice");
        faults.Respond(read[0], resolved: true);

        // What is not answered the kernel answers as the device leaves.
        device.Attach(ioas.Id);
        context.Answers("EINVAL", () => faults.Respond(read[2], resolved: true), "a group whose device has left");
        device.Remove();
    });

    /// <summary>A guest's IOMMU.</summary>
    public static Scenario Iommus { get; } = new("a virtual IOMMU before a mock device", context =>
    {
        using Pages memory = new(context.Calls, 8192);
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas ioas = iommufd.AllocateIoas();
        MockDevice device = new(iommufd, ioas);
        ioas.MapFixed(First, memory.Address, 8192);
        using Hwpt parent = iommufd.AllocateHwpt(device.Id, ioas, HwptOptions.NestParent);
        IommuViommuSelftest data = new() { InData = 0x1234 };
        using VirtualIommu iommu = iommufd.AllocateVirtualIommu(device.Id, parent, Kind, ref data);
        ScenarioContext.Equal(0x1234u, data.OutData);
        using NestedHwpt nested = iommu.AllocateNestedHwpt(device.Id, IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST, new IommuHwptSelftest { Iotlb = 5 });
        using VirtualDevice known = iommu.AddDevice(device.Id, 0x99);
        context.Answers("EEXIST", () => iommu.AddDevice(device.Id, 0x98).Dispose(), "a device known twice");
        device.Attach(nested.Id);

        // Events carry the guest's id; more than the queue holds are lost, and that is told.
        using (VirtualEventQueue events = iommu.AllocateEventQueue(IommufdTestUapi.IOMMU_VEVENTQ_TYPE_SELFTEST, 2, 4))
        {
            Task<VirtualEvent> waiting = events.ReadAsync().AsTask();
            device.Raise();
            ScenarioContext.Check(waiting.Wait(TimeSpan.FromSeconds(60)), "the event did not come");
            ScenarioContext.Equal("99-00-00-00", BitConverter.ToString(waiting.Result.Data.ToArray()));
            for (int i = 0; i < 4; i++)
            {
                device.Raise();
            }

            while (events.TryRead(out VirtualEvent item))
            {
                context.Note($"event {item.Sequence}{(item.IsLoss ? " lost" : "")}");
            }

            context.Answers("EEXIST", () => iommu.AllocateEventQueue(IommufdTestUapi.IOMMU_VEVENTQ_TYPE_SELFTEST, 2, 4).Dispose(), "two queues of a kind");
        }

        // The guest's invalidations, by its ids.
        const uint Invalidate = IommufdTestUapi.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST;
        iommu.Invalidate(Invalidate, new IommuViommuInvalidateSelftest { VdevId = 0x99, CacheId = 1 });
        ScenarioContext.Equal(true, device.Caches(1, 0) && device.Caches(2, IommufdTestUapi.IOMMU_TEST_DEV_CACHE_DEFAULT));
        context.Answers("EINVAL", () => iommu.Invalidate(Invalidate, new IommuViommuInvalidateSelftest { VdevId = 0x98 }), "an id the guest has not");

        // A queue keeps its memory; mapped registers keep the vIOMMU.
        using (HardwareQueue queue = iommu.AllocateHardwareQueue(IommufdTestUapi.IOMMU_HW_QUEUE_TYPE_SELFTEST, 0, First, 4096))
        {
            context.Answers("EBUSY", () => ioas.Unmap(First, 8192), "UNMAP of a queue's memory");
        }

        using (MappedRegisters registers = iommu.MapRegisters(data.OutMmapOffset, data.OutMmapLength))
        {
            ScenarioContext.Equal(data.OutMmapLength, registers.Length);
            context.NoteOutcome("a register", () => registers.Read32(0));
        }

        context.Answers("ENXIO", () => iommu.MapRegisters(data.OutMmapOffset, 2 * data.OutMmapLength).Dispose(), "a mapping of another length");
        device.Attach(ioas.Id);
        device.Remove();
    });

    /// <summary>An iommufd handed to another process.</summary>
    public static Scenario Process { get; } = new("an iommufd that changes its process", context =>
    {
        using Pages memory = new(context.Calls, 4096);
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using Ioas ioas = iommufd.AllocateIoas();
        if (context.Machine.IsOld)
        {
            context.Answers("ENOTTY", iommufd.ChangeProcess);
            return;
        }

        context.Answers("0", iommufd.ChangeProcess, "CHANGE_PROCESS where nothing is mapped");
        ioas.MapFixed(0x10_0000, memory.Address, 4096);
        context.Answers("EINVAL", iommufd.ChangeProcess, "CHANGE_PROCESS where memory is mapped by its address");
        ioas.UnmapAll();
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        using DmaBuffer buffer = device.AllocateDma(4096);
        ioas.MapFile(buffer.File, 0, 4096);
        context.Answers("0", iommufd.ChangeProcess, "CHANGE_PROCESS where a file is mapped");
        context.Answers("EINVAL", () => device.Iommufd!.ChangeProcess(), "CHANGE_PROCESS of a device's buffers");
    });

    private static async Task<IoPageFault[]> Read(FaultQueue faults, int count)
    {
        List<IoPageFault> read = [];
        await foreach (IoPageFault fault in faults.ReadAllAsync())
        {
            read.Add(fault);
            if (read.Count == count)
            {
                break;
            }
        }

        return [.. read];
    }
}
