using System.Globalization;
using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>What vfio-pci says of the function, region by region and interrupt by interrupt, and what it refuses at their edges.</summary>
public static class DeviceShape
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("regions and interrupts of the function", Run);

    private static void Run(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        var (_, device, _, _) = kernel.OpenByNode();
        for (uint index = 0; index <= VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX; index++)
        {
            RawKernel.Succeeds("GET_REGION_INFO", kernel.RegionInfo(device, index, out VfioRegionInfo region));
            if (region.Size != 0)
            {
                // A function that must see each access withholds the mapping; the region is the same.
                uint flags = region.Flags & ~VfioUapi.VFIO_REGION_INFO_FLAG_MMAP;
                context.Note(string.Create(CultureInfo.InvariantCulture, $"region {index} {region.Size} bytes flags 0x{flags:x}"));
            }
        }

        context.Answers("EINVAL", kernel.RegionInfo(device, VfioUapi.VFIO_PCI_VGA_REGION_INDEX, out _), "the VGA region of a function without one");
        for (uint index = 0; index <= VfioUapi.VFIO_PCI_REQ_IRQ_INDEX; index++)
        {
            int answer = kernel.IrqInfo(device, index, out VfioIrqInfo irq);
            context.Note(string.Create(
                CultureInfo.InvariantCulture, $"irq {index} {(answer < 0 ? ScenarioContext.Answer(answer) : $"{irq.Count} flags 0x{irq.Flags:x}")}"));
        }

        RawKernel.Succeeds("BAR 0", kernel.RegionInfo(device, VfioUapi.VFIO_PCI_BAR0_REGION_INDEX, out VfioRegionInfo bar));
        RawKernel.Succeeds("config", kernel.RegionInfo(device, VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX, out VfioRegionInfo config));
        ISystemCalls calls = context.Calls;
        byte[] word = new byte[4];
        context.Answers("EINVAL", (int)calls.Pread(device, word, (long)(bar.Offset + bar.Size)), "pread past BAR 0");
        context.Answers("EINVAL", (int)calls.Pread(device, word, (long)(bar.Offset + (1ul << 40))), "pread of BAR 1, which is not there");
        context.Answers("EFAULT", (int)calls.Pread(device, word, (long)(config.Offset + config.Size)), "pread past the config space");
        context.Answers("EINVAL", (int)calls.Pread(device, word, 0x3f_0000_0000_0000), "pread of a region that is not there");
        context.Answers("EINVAL", (int)calls.Mmap(4096, MmapProtection.Read, MmapFlags.Private, device, (long)bar.Offset), "a private mapping");
        context.Answers("EINVAL", (int)calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, device, (long)config.Offset), "mmap of config space");
        context.Answers(
            "EINVAL", (int)calls.Mmap((nuint)bar.Size + 4096, MmapProtection.Read, MmapFlags.Shared, device, (long)bar.Offset), "mmap past BAR 0");

        foreach (var (what, answer) in Interrupts(kernel, device))
        {
            context.Note($"{what} {ScenarioContext.Answer(answer)}");
        }

        // Neither function-level reset nor a power state that resets, and the root bus has others on it: nothing can reset edu.
        context.Answers("EINVAL", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_RESET, 0));
        VfioPciHotResetInfo reset = new() { Argsz = 12 };
        context.Note($"hot reset {ScenarioContext.Answer(kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, ref reset))}");
        VfioDeviceFeature probe = new() { Argsz = 8, Flags = VfioUapi.VFIO_DEVICE_FEATURE_PROBE | 999 };
        context.Answers("ENOTTY", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_FEATURE, ref probe), "an unknown feature");
        probe.Flags = VfioUapi.VFIO_DEVICE_FEATURE_PROBE | VfioUapi.VFIO_DEVICE_FEATURE_SET | VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION;
        context.Answers("ENOTTY", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_FEATURE, ref probe), "migration, which edu cannot");
    }

    // What the kernel makes of each odd SET_IRQS; the answers are compared between kernels by the result's line.
    private static IEnumerable<(string What, int Answer)> Interrupts(RawKernel kernel, int device)
    {
        const uint None = VfioUapi.VFIO_IRQ_SET_DATA_NONE, Trigger = VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER;
        yield return ("disable INTx", Set(kernel, device, None | Trigger, VfioUapi.VFIO_PCI_INTX_IRQ_INDEX, 0, 0));
        yield return ("disable MSI", Set(kernel, device, None | Trigger, VfioUapi.VFIO_PCI_MSI_IRQ_INDEX, 0, 0));
        yield return ("disable MSI-X", Set(kernel, device, None | Trigger, VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX, 0, 0));
        yield return ("two data types", Set(kernel, device, None | VfioUapi.VFIO_IRQ_SET_DATA_BOOL | Trigger, 1, 0, 1));
        yield return ("no action", Set(kernel, device, None, 1, 0, 1));
        yield return ("past the last vector", Set(kernel, device, None | Trigger, 1, 0, 99));
        yield return ("past the last index", Set(kernel, device, None | Trigger, 9, 0, 0));
        yield return ("mask MSI", Set(kernel, device, None | VfioUapi.VFIO_IRQ_SET_ACTION_MASK, 1, 0, 1));
        yield return ("trigger MSI before it is on", Set(kernel, device, None | Trigger, 1, 0, 1));
        yield return ("mask INTx before it is on", Set(kernel, device, None | VfioUapi.VFIO_IRQ_SET_ACTION_MASK, 0, 0, 1));
        yield return ("eventfds without data", Set(kernel, device, VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD | Trigger, 1, 0, 1));
    }

    private static int Set(RawKernel kernel, int device, uint flags, uint index, uint start, uint count)
    {
        VfioIrqSet set = new() { Argsz = 20, Flags = flags, Index = index, Start = start, Count = count };
        return kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_SET_IRQS, ref set);
    }
}
