using Vfio.Uapi;

namespace Vfio.Scenarios.Driving;

/// <summary>What vfio-pci offers beyond registers, DMA and interrupts.</summary>
public static class Features
{
    /// <summary>Which there are.</summary>
    public static Scenario Probing { get; } = new("features of the function", context =>
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        foreach (DeviceFeature feature in Enum.GetValues<DeviceFeature>())
        {
            bool isNewer = feature is DeviceFeature.DmaBuf or DeviceFeature.MigrationPrecopyInfoV2;
            if (!isNewer)
            {
                context.Note($"{feature} {device.HasFeature(feature)}");
            }
        }
    });

    /// <summary>Low power, with and without a signal.</summary>
    public static Scenario LowPower { get; } = new("low power", context =>
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        EduFunction edu = new(device);
        device.EnterLowPower();
        context.Answers("EINVAL", device.EnterLowPower, "low power entered twice");
        context.Answers("EINVAL", () => device.EnterLowPowerWithWakeup().Dispose(), "low power entered twice, with a signal");
        device.ExitLowPower();
        context.Answers("0", device.ExitLowPower, "low power ended twice");
        using WakeupSignal signal = device.EnterLowPowerWithWakeup();
        device.ExitLowPower();
        context.Note($"signalled by its end {signal.IsSignalled}");
        ScenarioContext.Equal(0x010000edu, edu.Id);
    });

    /// <summary>Register writes the kernel does by itself.</summary>
    public static Scenario Doorbells { get; } = new("a doorbell", context =>
    {
        const ulong Liveness = 4;
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        using VfioFileHandle eventfd = new(context.Calls, context.Calls.Eventfd(0, EventfdFlags.None), "eventfd");
        context.Answers("EINVAL", () => device.AddDoorbell(eventfd, 0, Liveness, 1, 3).Dispose(), "a doorbell of three bytes");
        context.Answers("EINVAL", () => device.AddDoorbell(eventfd, 0, device.Bars[0].Size, 1, 4).Dispose(), "a doorbell past the BAR");
        context.Answers(
            context.Machine.IsOld ? "0" : "EINVAL", () => device.AddDoorbell(eventfd, 0, Liveness, 1, 8).Dispose(), "a doorbell of eight bytes");
        using (Doorbell doorbell = device.AddDoorbell(eventfd, 0, Liveness, 0x1234_5678, 4))
        {
            context.Answers("EEXIST", () => device.AddDoorbell(eventfd, 0, Liveness, 0x1234_5678, 4).Dispose(), "the same doorbell twice");
            Ring(eventfd);
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            while (device.Bars[0].Read32(Liveness) != ~0x1234_5678u)
            {
                ScenarioContext.Check(System.Diagnostics.Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "the doorbell did not ring");
                Thread.Sleep(1);
            }
        }

        ScenarioContext.Equal(~1u, new EduFunction(device).Invert(1));
        Ring(eventfd);
        ScenarioContext.Equal(~1u, device.Bars[0].Read32(Liveness));
    });

    /// <summary>Resets of more than the function.</summary>
    public static Scenario HotReset { get; } = new("hot reset refused", context =>
    {
        foreach (InterfaceChoice by in (InterfaceChoice[])[InterfaceChoice.Device, InterfaceChoice.Group])
        {
            using VfioDevice device = context.Open(by);

            // edu is on the root bus, which has no reset.
            context.Answers("ENODEV", () => device.GetHotResetInfo(), $"hot reset information, {by}");
            context.Answers("ENODEV", () => device.HotReset(), $"hot reset, {by}");
            ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
        }
    });

    /// <summary>Parts of a BAR as a file, and in an address space.</summary>
    public static Scenario DmaBuf { get; } = new("a BAR as dma-buf", context =>
    {
        const int Command = 4;
        const ushort MemoryDecode = 2;
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        Ioas ioas = device.Ioas!;
        if (context.Machine.IsOld)
        {
            ScenarioContext.Equal(false, device.HasFeature(DeviceFeature.DmaBuf));
            context.Answers("ENOTTY", () => device.ExportDmaBuf(0, new RegionArea(0, 4096)).Dispose(), "a BAR as dma-buf");
            return;
        }

        ScenarioContext.Equal(true, device.HasFeature(DeviceFeature.DmaBuf));
        context.Answers("EINVAL", () => device.ExportDmaBuf(0).Dispose(), "no part of a BAR");
        context.Answers("EINVAL", () => device.ExportDmaBuf(0, new RegionArea(0, 100)).Dispose(), "part of a page");
        context.Answers("EINVAL", () => device.ExportDmaBuf(0, new RegionArea(device.Bars[0].Size, 4096)).Dispose(), "what is past the BAR");
        context.Answers("ENODEV", () => device.ExportDmaBuf(3, new RegionArea(0, 4096)).Dispose(), "a BAR that is not there");
        using VfioFileHandle part = device.ExportDmaBuf(0, new RegionArea(0, 0x2000));
        context.NoteOutcome("mapped", () => ioas.MapFile(part, 0, 0x2000, iova: 0x10_0000));
        context.NoteOutcome("a page of it", () => ioas.MapFile(part, 0x1000, 0x1000, DmaAccess.Read));
        context.NoteOutcome("past its end", () => ioas.MapFile(part, 0x1000, 0x2000, iova: 0x20_0000));
        context.NoteOutcome("copied", () => ioas.Copy(ioas, 0x10_0000, 0x1000, iova: 0x30_0000));
        context.NoteOutcome("unmapped", ioas.UnmapAll);

        // While the function's memory does not answer it cannot be mapped.
        ushort command = device.Config.Command;
        device.Config.Write16(Command, (ushort)(command & ~MemoryDecode));
        context.NoteOutcome("mapped while memory decode is off", () => ioas.MapFile(part, 0, 0x1000, iova: 0x10_0000));
        device.Config.Write16(Command, command);
        context.NoteOutcome("mapped when it is on again", () => ioas.MapFile(part, 0, 0x1000, iova: 0x40_0000));
        ScenarioContext.Equal(0x010000edu, new EduFunction(device).Id);
    });

    private static void Ring(VfioFileHandle eventfd) => ScenarioContext.Equal(8, (int)eventfd.Write([1, 0, 0, 0, 0, 0, 0, 0]));
}
