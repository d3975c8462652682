using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>The legacy container: its own errnos, and the order in which a group comes to it and leaves.</summary>
public static class Type1Rules
{
    private const ulong Iova = 0x10_0000;

    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("a type1 container and its group", Run);

    private static void Run(ScenarioContext context)
    {
        using RawPages pages = new(context.Calls, 4 * 4096);
        using RawKernel kernel = new(context.Calls);
        int container = kernel.Open("/dev/vfio/vfio");
        int group = kernel.Open(kernel.GroupNode(context.Machine.Edu));
        ulong memory = (ulong)pages.Address;

        context.Answers("0", kernel.Ioctl(container, VfioUapi.VFIO_GET_API_VERSION, 0));
        context.Answers("1", kernel.Ioctl(container, VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_TYPE1_IOMMU));
        context.Answers("1", kernel.Ioctl(container, VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_TYPE1v2_IOMMU));
        context.Answers("0", kernel.Ioctl(container, VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_NOIOMMU_IOMMU), "CHECK_EXTENSION(noiommu)");
        context.Answers("EINVAL", kernel.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU), "SET_IOMMU without a group");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 4096, Iova), "MAP_DMA without SET_IOMMU");
        context.Answers("EINVAL", kernel.GetDevice(group, context.Machine.Edu), "GET_DEVICE_FD without a container");
        context.Answers("EINVAL", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_UNSET_CONTAINER, 0), "UNSET_CONTAINER without one");
        context.Answers("EBADF", kernel.SetContainer(group, 9999));
        context.Answers("EBADF", kernel.SetContainer(group, -1));
        context.Answers("EBADFD", kernel.SetContainer(group, group));

        context.Answers("0", kernel.SetContainer(group, container));
        context.Answers("EINVAL", kernel.SetContainer(group, container), "a second SET_CONTAINER");
        context.Answers("EINVAL", kernel.GetDevice(group, context.Machine.Edu), "GET_DEVICE_FD without SET_IOMMU");
        context.Answers("ENODEV", kernel.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, 77), "SET_IOMMU of an unknown type");
        context.Answers("0", kernel.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        context.Answers("EINVAL", kernel.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU), "a second SET_IOMMU");
        context.Answers("ENODEV", kernel.GetDevice(group, "0000:77:00.0"), "GET_DEVICE_FD of a stranger");
        VfioGroupStatus status = new() { Argsz = 8 };
        context.Answers("0", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_GET_STATUS, ref status));
        ScenarioContext.Equal(VfioUapi.VFIO_GROUP_FLAGS_VIABLE | VfioUapi.VFIO_GROUP_FLAGS_CONTAINER_SET, status.Flags);

        context.Answers("ENOTTY", kernel.Ioctl(container, 0x3bf0, 0), "an unknown number");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 4096, Iova, flags: 0), "MAP_DMA neither readable nor writable");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 4096, Iova, flags: 0x80), "MAP_DMA with an unknown flag");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 0, Iova), "MAP_DMA of nothing");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 4096, Iova + 1), "MAP_DMA at a misaligned IOVA");
        context.Answers("EINVAL", kernel.MapType1(container, memory + 8, 4096, Iova), "MAP_DMA of misaligned memory");
        context.Answers("EINVAL", kernel.MapType1(container, memory, 4096, 0xfee0_0000), "MAP_DMA over the MSI window");
        context.Answers(
            context.Machine.IsOld ? "EINVAL" : "EOVERFLOW", kernel.MapType1(container, memory, 8192, ulong.MaxValue - 4095), "MAP_DMA over the end");
        context.Answers("EFAULT", kernel.MapType1(container, 0x1000, 4096, Iova), "MAP_DMA of memory that is not there");
        context.Answers("0", kernel.MapType1(container, memory, 8192, Iova));
        context.Answers("EEXIST", kernel.MapType1(container, memory, 4096, Iova + 4096), "MAP_DMA over a mapping");

        ulong length = 4096;
        context.Answers("EINVAL", kernel.UnmapType1(container, Iova, ref length), "UNMAP_DMA of half a mapping");
        length = 4096;
        context.Answers("0", kernel.UnmapType1(container, Iova + 0x10_0000, ref length), "UNMAP_DMA of nothing");
        ScenarioContext.Equal(0ul, length);
        length = 4096;
        context.Answers("EINVAL", kernel.UnmapType1(container, Iova, ref length, VfioUapi.VFIO_DMA_UNMAP_FLAG_ALL), "UNMAP_DMA of all, and a size");
        length = 8192;
        context.Answers("0", kernel.UnmapType1(container, Iova, ref length));
        ScenarioContext.Equal(8192ul, length);

        int device = RawKernel.Succeeds("GET_DEVICE_FD", kernel.GetDevice(group, context.Machine.Edu));
        int again = RawKernel.Succeeds("a second GET_DEVICE_FD", kernel.GetDevice(group, context.Machine.Edu));
        kernel.Close(again);
        context.Answers("EBUSY", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_UNSET_CONTAINER, 0), "UNSET_CONTAINER with the device open");
        kernel.Close(device);
        context.Answers("0", kernel.Ioctl(group, VfioUapi.VFIO_GROUP_UNSET_CONTAINER, 0));
        context.Answers("0", kernel.SetContainer(group, container), "SET_CONTAINER after UNSET_CONTAINER");
    }
}
