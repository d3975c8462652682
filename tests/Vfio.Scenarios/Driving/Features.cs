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

    private static void Ring(VfioFileHandle eventfd) => ScenarioContext.Equal(8, (int)eventfd.Write([1, 0, 0, 0, 0, 0, 0, 0]));
}
