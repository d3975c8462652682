using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>A device has one owner: by its node or by its group, and never twice.</summary>
public static class OneOwner
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("a device has one owner", Run);

    private static void Run(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        string group = kernel.GroupNode(context.Machine.Edu);
        int iommufd = kernel.Open("/dev/iommu");
        int device = kernel.Open(RawKernel.Node);
        int second = kernel.Open(RawKernel.Node);

        // Unbound, a device file knows one call. Linux: vfio_device_fops_unl_ioctl.
        VfioDeviceInfo info = new() { Argsz = 16 };
        context.Answers("EINVAL", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_GET_INFO, ref info));
        context.Answers("EINVAL", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_RESET, 0));
        context.Answers("EINVAL", (int)context.Calls.Pread(device, new byte[4], 0));
        context.Answers("EINVAL", (int)context.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, device, 0));
        context.Answers("EBADF", kernel.Bind(device, 9999, out _));
        context.Answers("EINVAL", kernel.Bind(device, -1, out _));
        context.Answers("EBADFD", kernel.Bind(device, second, out _));

        context.Answers("0", kernel.Bind(device, iommufd, out uint id));
        ScenarioContext.Equal(1u, id);
        context.Answers("EINVAL", kernel.Bind(device, iommufd, out _), "a second BIND of the file");
        context.Answers("EINVAL", kernel.Bind(second, iommufd, out _), "BIND of another file of the device");
        context.Answers("EBUSY", context.Calls.Open(group, OpenFlags.ReadWrite), "open of the group while the device is bound");
        kernel.Close(device);

        int groupFile = kernel.Open(group);
        context.Answers("EBUSY", context.Calls.Open(group, OpenFlags.ReadWrite), "a second open of the group");
        context.Answers("EBUSY", kernel.Bind(second, iommufd, out _), "BIND while the group is open");
        kernel.Close(groupFile);
        context.Answers("0", kernel.Bind(second, iommufd, out id), "BIND after the group is closed");
        ScenarioContext.Equal(1u, id);
        kernel.Close(second);

        // DMA ownership is a group's: another iommufd cannot have it before the first has let go.
        using RawKernel other = new(context.Calls);
        var (_, opened, _, _) = other.OpenByNode();
        VfioDeviceInfo full = new() { Argsz = (uint)StructBytes.SizeOf<VfioDeviceInfo>() };
        context.Answers("0", other.Ioctl(opened, VfioUapi.VFIO_DEVICE_GET_INFO, ref full));
        ScenarioContext.Equal(VfioUapi.VFIO_DEVICE_FLAGS_PCI, full.Flags & VfioUapi.VFIO_DEVICE_FLAGS_PCI);
        context.Note($"{full.NumRegions} regions, {full.NumIrqs} interrupts, flags 0x{full.Flags:x}");
    }
}
