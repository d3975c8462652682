namespace Vfio.Scenarios.Contract;

/// <summary>What an IOAS takes and refuses, before and after a device brings an IOMMU with it.</summary>
public static class IovaRules
{
    private const ulong Iova = 0x10_0000;

    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("an IOAS and its IOVAs", Run);

    private static void Run(ScenarioContext context)
    {
        using Pages pages = new(context.Calls, 4 * 4096);
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        Ioas ioas = device.Ioas!;
        nint memory = pages.Address;

        context.Answers("ENOENT", () => iommufd.GetIoas(999).MapFixed(Iova, memory, 4096), "MAP into an IOAS that is not there");
        context.Answers("EINVAL", () => ioas.MapFixed(Iova, memory, 4096, DmaAccess.None), "MAP neither readable nor writable");
        context.Answers("EOVERFLOW", () => ioas.MapFixed(ulong.MaxValue, memory, 4096), "MAP at the last IOVA");
        context.Answers("EOVERFLOW", () => ioas.MapFixed(Iova, memory, ulong.MaxValue), "MAP of the longest length");
        context.Answers("EINVAL", () => ioas.MapFixed(Iova, memory, 0), "MAP of nothing");
        context.Answers("EINVAL", () => ioas.MapFixed(Iova, memory, 4095), "MAP of less than a page");
        context.Answers("EINVAL", () => ioas.MapFixed(Iova + 1, memory, 4096), "MAP at a misaligned IOVA");
        context.Answers("EINVAL", () => ioas.MapFixed(Iova, memory + 8, 4096), "MAP of misaligned memory");
        context.Answers("EOVERFLOW", () => ioas.MapFixed(ulong.MaxValue - 4095, memory, 8192), "MAP over the end of the space");
        context.Answers("EINVAL", () => ioas.MapFixed(0xfee0_0000, memory, 4096), "MAP over the MSI window");
        context.Answers("EFAULT", () => ioas.MapFixed(Iova, 0x1000, 4096), "MAP of memory that is not there");
        context.Answers("EFAULT", () => ioas.MapFixed(Iova, unchecked((nint)0xffff_8000_0000_0000), 4096), "MAP of the kernel's memory");

        context.Answers("0", () => ioas.MapFixed(Iova, memory, 8192));
        context.Answers("EEXIST", () => ioas.MapFixed(Iova + 4096, memory, 4096), "MAP over a mapping");
        context.Answers("ENOENT", () => ioas.Unmap(Iova, 4096), "UNMAP of half a mapping");
        context.Answers("ENOENT", () => ioas.Unmap(Iova + 0x10_0000, 4096), "UNMAP of nothing");
        context.Answers("EINVAL", () => ioas.Unmap(Iova, 0), "UNMAP of no length");
        context.Answers("8192", () => ioas.Unmap(Iova - 4096, 0x10_0000), "UNMAP of a span with a mapping in it");
        context.Answers("0", ioas.UnmapAll, "UNMAP of everything");

        // A part of one mapping and a span of two can be copied; a hole cannot. Linux: iopt_get_pages.
        ioas.MapFixed(Iova, memory, 8192);
        ioas.MapFixed(Iova + 8192, memory + 8192, 4096, DmaAccess.Read);
        context.Answers("2097152", () => ioas.Copy(ioas, Iova + 4096, 8192, DmaAccess.Read, iova: 0x20_0000), "COPY of parts of two mappings");
        context.Answers("EPERM", () => ioas.Copy(ioas, Iova + 8192, 4096, iova: 0x30_0000), "COPY for writing of what may be read");
        context.Answers("ENOENT", () => ioas.Copy(ioas, Iova + 4096, 0x10_0000, iova: 0x30_0000), "COPY over a hole");
        context.Answers("ENOENT", () => ioas.Copy(iommufd.GetIoas(999), Iova, 4096), "COPY from an IOAS that is not there");
        context.Answers("EEXIST", () => ioas.Copy(ioas, Iova, 4096, iova: Iova), "COPY over a mapping");
        context.Answers("20480", ioas.UnmapAll, "UNMAP of everything");

        // Only automatic addresses are restricted; a list replaces the one before, and reserved addresses cannot be in it. Linux: iommufd_ioas_allow_iovas.
        context.Answers("EINVAL", () => ioas.AllowIovas(new IovaRange(0x1000, 0x1000)), "ALLOW_IOVAS of one byte");
        context.Answers("EINVAL", () => ioas.AllowIovas(new IovaRange(0x1000, 0x2fff), new IovaRange(0x2000, 0x3fff)), "ALLOW_IOVAS that overlap");
        context.Answers("EADDRINUSE", () => ioas.AllowIovas(new IovaRange(0xfee0_0000, 0xfee0_0fff)), "ALLOW_IOVAS of the MSI window");
        ioas.AllowIovas(new IovaRange(0x40_0000, 0x40_0fff));
        context.Answers("4194304", () => ioas.Map(memory, 4096), "MAP where one page is allowed");
        context.Answers("ENOSPC", () => ioas.Map(memory, 4096), "MAP where none is left");
        context.Answers("0", () => ioas.MapFixed(Iova, memory, 4096), "MAP at a given address where it is not allowed");
        ioas.AllowIovas();
        context.Answers("8192", ioas.UnmapAll, "UNMAP of everything");

        // Without a device nothing is pinned, so memory that is not there is found out at attach. Linux: iopt_map_user_pages.
        using Ioas idle = iommufd.AllocateIoas();
        context.Answers("0", () => idle.MapFixed(Iova, 0x1000, 4096), "MAP of bad memory where nothing is attached");
        context.Answers(
            context.Machine.FinishesTablesOnAttach ? "EADDRINUSE" : "EFAULT", () => device.Attach(idle), "ATTACH to a space with bad memory");
        idle.UnmapAll();
        context.Answers("0", () => idle.MapFixed(0xfee0_0000, memory, 4096), "MAP over the MSI window where nothing is attached");
        context.Answers("EADDRINUSE", () => device.Attach(idle), "ATTACH to a space with a mapping over the MSI window");
        ScenarioContext.Equal(ioas.Id, device.Ioas!.Id);

        // Large pages: off splits none and needs everything aligned; with a device and a mapping they stay as they are.
        ScenarioContext.Equal(true, ioas.HugePages);
        ioas.MapFixed(Iova, memory, 4096);
        context.Answers("EINVAL", () => ioas.SetHugePages(false), "HUGE_PAGES off with a mapping and a device");
        ioas.UnmapAll();
        ioas.SetHugePages(false);
        ScenarioContext.Equal(false, ioas.HugePages);
        ioas.SetHugePages(true);
        ScenarioContext.Equal(false, iommufd.ChargesProcess);
        context.Answers(context.MayPassLimits ? "EBUSY" : "EPERM", () => iommufd.SetChargesProcess(true), "RLIMIT_MODE with objects there");
    }
}
