using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>What every call answers before its own rules begin: to an unknown number, a struct too short or too long, a bad address.</summary>
public static class Dispatch
{
    // The first byte that no process has, and one of the kernel's own.
    private static readonly ulong[] s_badAddresses = [8, 0x7fff_ffff_f000, 0xffff_8000_0000_0000];

    private static readonly (string Name, uint Number)[] s_iommufdCalls =
    [
        ("DESTROY", IommufdUapi.IOMMU_DESTROY), ("IOAS_ALLOC", IommufdUapi.IOMMU_IOAS_ALLOC),
        ("ALLOW_IOVAS", IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS), ("COPY", IommufdUapi.IOMMU_IOAS_COPY),
        ("IOVA_RANGES", IommufdUapi.IOMMU_IOAS_IOVA_RANGES), ("MAP", IommufdUapi.IOMMU_IOAS_MAP), ("UNMAP", IommufdUapi.IOMMU_IOAS_UNMAP),
        ("OPTION", IommufdUapi.IOMMU_OPTION), ("VFIO_IOAS", IommufdUapi.IOMMU_VFIO_IOAS), ("HWPT_ALLOC", IommufdUapi.IOMMU_HWPT_ALLOC),
        ("GET_HW_INFO", IommufdUapi.IOMMU_GET_HW_INFO),
    ];

    private static readonly (string Name, uint Number)[] s_deviceCalls =
    [
        ("GET_INFO", VfioUapi.VFIO_DEVICE_GET_INFO), ("GET_REGION_INFO", VfioUapi.VFIO_DEVICE_GET_REGION_INFO),
        ("GET_IRQ_INFO", VfioUapi.VFIO_DEVICE_GET_IRQ_INFO), ("SET_IRQS", VfioUapi.VFIO_DEVICE_SET_IRQS),
        ("FEATURE", VfioUapi.VFIO_DEVICE_FEATURE), ("BIND", VfioUapi.VFIO_DEVICE_BIND_IOMMUFD),
        ("ATTACH", VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT), ("DETACH", VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT),
    ];

    /// <summary>Bad addresses.</summary>
    public static Scenario BadAddresses { get; } = new("a bad address is EFAULT in every call", Faults);

    /// <summary>Sizes and numbers.</summary>
    public static Scenario Sizes { get; } = new("sizes and numbers of calls", Numbers);

    private static void Faults(ScenarioContext context)
    {
        foreach (ulong address in s_badAddresses)
        {
            using (RawKernel kernel = new(context.Calls))
            {
                var (iommufd, device, _, _) = kernel.OpenByNode();
                foreach (var (name, number) in s_iommufdCalls)
                {
                    context.Answers("EFAULT", kernel.Ioctl(iommufd, number, (nuint)address), $"{name}(0x{address:x})");
                }

                foreach (var (name, number) in s_deviceCalls)
                {
                    context.Answers("EFAULT", kernel.Ioctl(device, number, (nuint)address), $"{name}(0x{address:x})");
                }
            }

            using (RawKernel kernel = new(context.Calls))
            {
                var (container, group, device) = kernel.OpenByGroup(context.Machine.Edu);
                foreach (uint number in (uint[])[VfioUapi.VFIO_IOMMU_GET_INFO, VfioUapi.VFIO_IOMMU_MAP_DMA, VfioUapi.VFIO_IOMMU_UNMAP_DMA])
                {
                    context.Answers("EFAULT", kernel.Ioctl(container, number, (nuint)address), $"type1 0x{number:x}(0x{address:x})");
                }

                context.Answers("EFAULT", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_GET_STATUS, (nuint)address), "GET_STATUS");
                context.Answers("EFAULT", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, (nuint)address), "SET_CONTAINER");
                context.Answers("EFAULT", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, (nuint)address), "GET_DEVICE_FD");
                // Opened by its group, a device has no calls of an iommufd. Linux: vfio_device_fops_unl_ioctl.
                context.Answers("ENOTTY", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, (nuint)address), "ATTACH by group");
            }
        }
    }

    private static void Numbers(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        var (iommufd, device, _, ioas) = kernel.OpenByNode();

        context.Answers("ENOTTY", kernel.Ioctl(iommufd, 0x3bf0, 0), "an unknown number on an iommufd");
        context.Answers("ENOTTY", kernel.Ioctl(device, 0x3bf0, 0), "an unknown number on a device");
        // The number is looked up by its low byte, the whole is compared after the size was read. Linux: iommufd_fops_ioctl.
        IommuIoasAlloc alloc = new() { Size = 12 };
        context.Answers("ENOTTY", kernel.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC | 0x4000_0000, ref alloc), "a number with another's direction");
        alloc.Size = 8;
        context.Answers("EINVAL", kernel.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc), "a struct shorter than its least");
        alloc.Size = 0;
        context.Answers("EINVAL", kernel.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc), "a struct of no size");
        alloc = new() { Size = 12, Flags = 1 };
        context.Answers("EOPNOTSUPP", kernel.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref alloc), "an unknown flag");

        // Longer than the kernel knows: fine while the rest is zero. Linux: copy_struct_from_user.
        byte[] longer = new byte[64];
        longer[0] = 64;
        longer[4] = (byte)ioas;
        longer[40] = 1;
        context.Answers("E2BIG", context.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_DESTROY, longer), "a longer struct with something in it");
        longer[40] = 0;
        longer[4] = 99;
        context.Answers("ENOENT", context.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_DESTROY, longer), "a longer struct with nothing in it");

        VfioDeviceInfo info = new() { Argsz = 8 };
        context.Answers("EINVAL", kernel.Ioctl(device, VfioUapi.VFIO_DEVICE_GET_INFO, ref info), "GET_INFO with an argsz too small");
        context.Answers("EINVAL", kernel.RegionInfo(device, 999, out _), "GET_REGION_INFO of an index that is not there");
        context.Answers("EINVAL", kernel.IrqInfo(device, 999, out _), "GET_IRQ_INFO of an index that is not there");

        context.Answers("0", kernel.Ioctl(iommufd, VfioUapi.VFIO_GET_API_VERSION, 0));
        context.Answers("EINVAL", (int)context.Calls.Read(iommufd, new byte[8]), "read of an iommufd");
        context.Answers("EINVAL", (int)context.Calls.Write(iommufd, new byte[8]), "write of an iommufd");
        context.Answers(
            context.Machine.IsOld ? "ENODEV" : "ENXIO",
            (int)context.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, iommufd, 0), "mmap of an iommufd");
    }
}
