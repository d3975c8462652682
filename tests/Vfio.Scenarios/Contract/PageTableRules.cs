using Vfio.Scenarios.Driving;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>Page tables made by hand: what may be asked of them on which IOMMU, and moving a device between them while it works.</summary>
public static class PageTableRules
{
    /// <summary>What each IOMMU makes of each option.</summary>
    public static Scenario Options { get; } = new("options of page tables", Ask);

    /// <summary>Moving.</summary>
    public static Scenario Moving { get; } = new("a device moved between address spaces", Move);

    /// <summary>Queues that page faults come by.</summary>
    public static Scenario Faults { get; } = new("a fault queue", AskFaults);

    private static void Ask(ScenarioContext context)
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        Ioas ioas = device.Ioas!;
        uint id = device.IommufdDeviceId!.Value;
        foreach (HwptOptions option in (HwptOptions[])[HwptOptions.None, HwptOptions.NestParent, HwptOptions.DirtyTracking, HwptOptions.Pasid, (HwptOptions)0x80])
        {
            context.NoteOutcome($"{option}", () => Made(iommufd.AllocateHwpt(id, ioas, option)));
        }

        IommuHardwareInfo hardware = iommufd.GetHardwareInfo(id);
        context.Note($"can track {hardware.CanTrackDirtyPages}, {hardware.MaxPasidLog2} PASID bits");
        using Hwpt plain = iommufd.AllocateHwpt(id, ioas);
        ulong[] bitmap = new ulong[1];
        context.NoteOutcome("tracking where it was not asked for", () => Done(() => plain.SetDirtyTracking(true)));
        context.NoteOutcome("a bitmap where it was not asked for", () => Done(() => plain.ReadDirtyBitmap(0, 4096, 4096, bitmap)));

        // Only a nesting parent of the same IOMMU takes a guest's table. Linux: iommufd_hwpt_nested_alloc.
        context.NoteOutcome("VT-d stage 1 in no parent", () => Made(iommufd.AllocateNestedHwpt(id, plain, new IommuHwptVtdS1 { AddrWidth = 48 })));
        context.NoteOutcome("a kind of table nobody knows", () => Made(iommufd.AllocateNestedHwpt(id, plain, 77, 0ul)));
        context.Answers("EINVAL", () => Made(iommufd.AllocateNestedHwpt(id, plain, IommufdUapi.IOMMU_HWPT_DATA_NONE, 0ul)), "a nested table of no kind");
        if (!context.Machine.IsOld)
        {
            context.NoteOutcome("a vIOMMU of no kind", () => Made(iommufd.AllocateVirtualIommu(id, plain, 0)));
            context.NoteOutcome("an SMMUv3's vIOMMU", () => Made(iommufd.AllocateVirtualIommu(id, plain, IommufdUapi.IOMMU_VIOMMU_TYPE_ARM_SMMUV3)));
            context.NoteOutcome("SMMUv3 information", () => iommufd.GetHardwareInfo(id, IommufdUapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3).DataType);
            context.NoteOutcome("VT-d information", () => iommufd.GetHardwareInfo(id, IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD).DataType);
        }
    }

    private static void Move(ScenarioContext context)
    {
        if (context.Machine.FinishesTablesOnAttach)
        {
            ScenarioContext.Skip("a space with mappings takes no device here");
        }

        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        EduFunction edu = new(device);
        using DmaBuffer here = device.AllocateDma(4096, iova: 0x10_0000);
        using Ioas second = iommufd.AllocateIoas();
        using Pages pages = new(context.Calls, 4096);
        new Random(5).NextBytes(here.Span);
        new Random(6).NextBytes(pages.Bytes);
        second.MapFixed(0x10_0000, pages.Address, 4096);

        // The same address is other memory from the moment it is moved on.
        edu.ReadMemory(0x10_0000, 64);
        device.Attach(second);
        ScenarioContext.Equal(second.Id, device.Ioas!.Id);
        edu.WriteMemory(0x10_0000 + 2048, 64);
        ScenarioContext.Check(pages.Bytes.Slice(2048, 64).SequenceEqual(here.Span[..64]), "the device did not write to the space it was moved to");
        context.Answers("EBUSY", () => iommufd.Destroy(second.Id), "DESTROY of the space it is in");

        // Detached, its DMA goes nowhere; attached again it goes on.
        device.Detach();
        pages.Bytes.Slice(3072, 64).Clear();
        edu.WriteMemory(0x10_0000 + 3072, 64);
        ScenarioContext.Check(!pages.Bytes.Slice(3072, 64).ContainsAnyExcept((byte)0), "a detached device wrote");
        device.Attach(second);
        edu.WriteMemory(0x10_0000 + 3072, 64);
        ScenarioContext.Check(pages.Bytes.Slice(3072, 64).SequenceEqual(pages.Bytes.Slice(2048, 64)), "the device did not go on");

        // By PASID only where there are any.
        using Hwpt table = iommufd.AllocateHwpt(device.IommufdDeviceId!.Value, second);
        context.NoteOutcome("PASID 1", () => Done(() => device.AttachPasid(1, table)));
        context.NoteOutcome("PASID 1 detached", () => Done(() => device.DetachPasid(1)));
        device.Attach(table);
        context.Answers("EBUSY", () => iommufd.Destroy(table.Id), "DESTROY of the page table it is on");
        device.Attach(second);
    }

    private static void AskFaults(ScenarioContext context)
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        FaultQueue faults = iommufd.AllocateFaultQueue();
        ScenarioContext.Equal(0, faults.TryRead(new IoPageFault[4]));
        context.Answers("EBUSY", () => iommufd.Destroy(faults.Id), "DESTROY of a queue whose file is open");
        context.Answers("EINVAL", () => faults.Respond(new IoPageFault(1, null, 0, IoPageAccess.Read, 0, 0, 7, true), true), "an answer to nothing");
        context.NoteOutcome("a page table with it", () => Made(iommufd.AllocateHwpt(device.IommufdDeviceId!.Value, device.Ioas!, faults: faults)));

        using CancellationTokenSource cancel = new();
        Task<int> wait = faults.ReadAsync(new IoPageFault[4], cancel.Token).AsTask();
        ScenarioContext.Equal(false, wait.IsCompleted);
        cancel.Cancel();
        ScenarioContext.Check(Task.WhenAny(wait).Wait(TimeSpan.FromSeconds(30)) && wait.IsCanceled, "a cancelled wait went on");
        uint id = faults.Id;
        faults.Dispose();
        context.Answers("ENOENT", () => iommufd.Destroy(id), "DESTROY of a queue that was disposed");
    }

    private static string Made(IommufdObject made)
    {
        made.Dispose();
        return "made";
    }

    private static string Done(Action call)
    {
        call();
        return "done";
    }
}
