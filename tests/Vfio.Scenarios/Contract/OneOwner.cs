using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>A device has one owner: by its node or by its group, and never twice.</summary>
public static class OneOwner
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("a device has one owner", Run);

    private static void Run(ScenarioContext context)
    {
        long registers = context.OffsetOf(VfioUapi.VFIO_PCI_BAR0_REGION_INDEX);
        using IommufdContext iommufd = IommufdContext.Open(context.Host);
        using VfioFileHandle second = context.OpenNode();
        using (VfioFileHandle device = context.OpenNode())
        {
            // Unbound, a device file knows one call. Linux: vfio_device_fops_unl_ioctl.
            context.Answers("EINVAL", (int)device.Pread(new byte[4], registers), "pread of an unbound file");
            context.Answers("EINVAL", (int)device.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, registers), "mmap of an unbound file");
            context.Answers("EBADFD", () => new IommufdContext(second, leaveOpen: true).BindDevice(device), "BIND to a file that is no iommufd");

            context.Answers("1", () => iommufd.BindDevice(device));
            context.Answers("EINVAL", () => iommufd.BindDevice(device), "a second BIND of the file");
            context.Answers("EINVAL", () => iommufd.BindDevice(second), "BIND of another file of the device");
            context.Answers("EBUSY", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "open of the group while the device is bound");
        }

        using (VfioGroup group = VfioGroup.Open(context.Host, context.GroupId))
        {
            context.Answers("EBUSY", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "a second open of the group");
            context.Answers("EBUSY", () => iommufd.BindDevice(second), "BIND while the group is open");
        }

        context.Answers("1", () => iommufd.BindDevice(second), "BIND after the group is closed");

        // DMA ownership is a group's: another iommufd cannot have it before the first has let go.
        using (IommufdContext other = IommufdContext.Open(context.Host))
        using (VfioFileHandle third = context.OpenNode())
        {
            context.Answers("EINVAL", () => other.BindDevice(third), "BIND of a bound device to another iommufd");
        }

        second.Dispose();
        using VfioDevice opened = context.Open(InterfaceChoice.Device);
        ScenarioContext.Equal(true, opened.Info.IsPci);
        context.Note(string.Create(
            CultureInfo.InvariantCulture, $"{opened.Info.RegionCount} regions, {opened.Info.InterruptKindCount} interrupts, flags 0x{opened.Info.Flags:x}"));
    }
}
