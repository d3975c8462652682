using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>What vfio-pci says of the function, region by region and interrupt by interrupt, and what it refuses at their edges.</summary>
public static class DeviceShape
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("regions and interrupts of the function", Run);

    private static void Run(ScenarioContext context)
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        foreach (Region region in device.Regions.Where(static region => region.Size != 0))
        {
            // A function that must see each access withholds the mapping; the region is the same.
            RegionFlags flags = region.Flags & ~RegionFlags.Mmap;
            context.Note(string.Create(CultureInfo.InvariantCulture, $"region {region.Index} {region.Size} bytes flags 0x{(uint)flags:x}"));
        }

        foreach (InterruptKind kind in Enum.GetValues<InterruptKind>())
        {
            context.NoteOutcome($"irq {kind}", () =>
            {
                InterruptInfo irq = device.GetInterruptInfo(kind);
                return string.Create(CultureInfo.InvariantCulture, $"{irq.Count} flags 0x{irq.Flags:x}");
            });
        }

        Region bar = device.Bars[0];
        RegionInfo config = device.Config.Region.Info;
        VfioFileHandle file = device.Handle;
        byte[] word = new byte[4];
        context.Answers("EINVAL", (int)file.Pread(word, (long)(bar.Info.FileOffset + bar.Size)), "pread past BAR 0");
        context.Answers("EINVAL", (int)file.Pread(word, (long)(bar.Info.FileOffset + (1ul << 40))), "pread of BAR 1, which is not there");
        context.Answers("EFAULT", (int)file.Pread(word, (long)(config.FileOffset + config.Size)), "pread past the config space");
        context.Answers("EINVAL", (int)file.Pread(word, (long)bar.Info.FileOffset + 0x3f_0000_0000_0000), "pread of a region that is not there");
        context.Answers("EINVAL", (int)file.Mmap(4096, MmapProtection.Read, MmapFlags.Private, (long)bar.Info.FileOffset), "a private mapping");
        context.Answers("EINVAL", (int)file.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, (long)config.FileOffset), "mmap of config space");
        context.Answers("EINVAL", (int)file.Mmap((nuint)bar.Size + 4096, MmapProtection.Read, MmapFlags.Shared, (long)bar.Info.FileOffset), "mmap past BAR 0");

        using (InterruptSet msi = device.EnableMsi())
        {
            context.Answers("ENOTTY", msi.Mask, "MSI masked");
        }

        using (InterruptSet intx = device.EnableIntx())
        {
            context.Answers("0", intx.Mask, "INTx masked");
            context.Answers("0", intx.Unmask, "INTx unmasked");
        }

        context.Answers("EINVAL", () => device.EnableMsix().Dispose(), "MSI-X, which edu has not");
        context.Answers("EINVAL", () => device.EnableMsi(99).Dispose(), "more vectors than there are");

        // Neither function-level reset nor a power state that resets, and the root bus has others on it: nothing can reset edu.
        ScenarioContext.Equal(false, device.Info.CanReset);
        context.Answers("EINVAL", device.Reset);
        context.NoteOutcome("hot reset", () => device.GetHotResetInfo().Functions.Count);
        ScenarioContext.Equal(false, device.HasFeature((DeviceFeature)999));
        ScenarioContext.Equal(false, device.HasFeature(DeviceFeature.VfToken));
    }
}
