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
        using Pages pages = new(context.Calls, 4 * 4096);
        using VfioContainer container = VfioContainer.Open(context.Host);
        using VfioGroup group = VfioGroup.Open(context.Host, context.GroupId);
        nint memory = pages.Address;

        context.Answers("0", container.GetApiVersion);
        context.Answers("1", () => container.CheckExtension(VfioUapi.VFIO_TYPE1_IOMMU));
        context.Answers("1", () => container.CheckExtension(VfioUapi.VFIO_TYPE1v2_IOMMU));
        context.Answers("0", () => container.CheckExtension(VfioUapi.VFIO_NOIOMMU_IOMMU), "CHECK_EXTENSION(noiommu)");
        context.Answers("EINVAL", () => container.SetIommu(), "SET_IOMMU without a group");
        context.Answers("EINVAL", () => container.MapFixed(Iova, memory, 4096), "MAP_DMA without SET_IOMMU");
        context.Answers("EINVAL", () => group.OpenDevice(context.Edu).Dispose(), "GET_DEVICE_FD without a container");
        context.Answers("EINVAL", group.UnsetContainer, "UNSET_CONTAINER without one");
        context.Answers("EBADFD", () => group.SetContainer(group.Handle), "SET_CONTAINER of a group");
        ScenarioContext.Equal(GroupStatus.Viable, group.GetStatus());

        context.Answers("0", () => group.SetContainer(container.Handle));
        context.Answers("EINVAL", () => group.SetContainer(container.Handle), "a second SET_CONTAINER");
        context.Answers("EINVAL", () => group.OpenDevice(context.Edu).Dispose(), "GET_DEVICE_FD without SET_IOMMU");
        context.Answers("ENODEV", () => container.SetIommu(77), "SET_IOMMU of an unknown type");
        context.Answers("0", () => container.SetIommu());
        context.Answers("EINVAL", () => container.SetIommu(), "a second SET_IOMMU");
        context.Answers("ENODEV", () => group.OpenDevice(PciAddress.Parse("0000:77:00.0")).Dispose(), "GET_DEVICE_FD of a stranger");
        ScenarioContext.Equal(GroupStatus.Viable | GroupStatus.InContainer, group.GetStatus());

        context.Answers("EINVAL", () => container.MapFixed(Iova, memory, 4096, DmaAccess.None), "MAP_DMA neither readable nor writable");
        context.Answers("EINVAL", () => container.MapFixed(Iova, memory, 0), "MAP_DMA of nothing");
        context.Answers("EINVAL", () => container.MapFixed(Iova + 1, memory, 4096), "MAP_DMA at a misaligned IOVA");
        context.Answers("EINVAL", () => container.MapFixed(Iova, memory + 8, 4096), "MAP_DMA of misaligned memory");
        context.Answers("EINVAL", () => container.MapFixed(0xfee0_0000, memory, 4096), "MAP_DMA over the MSI window");
        context.Answers(
            context.Machine.IsOld ? "EINVAL" : "EOVERFLOW", () => container.MapFixed(ulong.MaxValue - 4095, memory, 8192), "MAP_DMA over the end");
        context.Answers("EFAULT", () => container.MapFixed(Iova, 0x1000, 4096), "MAP_DMA of memory that is not there");
        context.Answers("0", () => container.MapFixed(Iova, memory, 8192));
        context.Answers("EEXIST", () => container.MapFixed(Iova + 4096, memory, 4096), "MAP_DMA over a mapping");

        context.Answers("EINVAL", () => container.Unmap(Iova, 4096), "UNMAP_DMA of half a mapping");
        context.Answers("0", () => container.Unmap(Iova + 0x10_0000, 4096), "UNMAP_DMA of nothing");
        DirtyPages(context, container, memory);
        Addresses(context, container, memory);
        context.Answers("8192", () => container.Unmap(Iova, 8192));
        container.MapFixed(Iova, memory, 4096);
        container.MapFixed(Iova + 8192, memory, 4096);
        context.Answers("8192", container.UnmapAll, "UNMAP_DMA of all");

        using (VfioFileHandle device = group.OpenDevice(context.Edu))
        {
            group.OpenDevice(context.Edu).Dispose();
            context.Answers("EBUSY", group.UnsetContainer, "UNSET_CONTAINER with the device open");

            // Opened by its group, a device has no calls of an iommufd. Linux: vfio_device_fops_unl_ioctl.
            using IommufdContext iommufd = IommufdContext.Open(context.Host);
            context.Answers("EINVAL", () => iommufd.BindDevice(device), "BIND of a device opened by group");
        }

        context.Answers("0", group.UnsetContainer);
        context.Answers("0", () => group.SetContainer(container.Handle), "SET_CONTAINER after UNSET_CONTAINER");
    }

    // Without help of the hardware all that is pinned counts as written. Linux: vfio_iommu_type1.c vfio_iommu_type1_dirty_pages.
    private static void DirtyPages(ScenarioContext context, VfioContainer container, nint memory)
    {
        ulong[] bitmap = new ulong[1];
        context.Answers("EINVAL", () => container.ReadDirtyBitmap(Iova, 8192, bitmap), "DIRTY_PAGES before it was begun");
        container.StartDirtyTracking();
        context.Answers("0", container.StartDirtyTracking, "DIRTY_PAGES begun twice");
        context.Answers("EINVAL", () => container.ReadDirtyBitmap(Iova, 8192, bitmap, 8192), "DIRTY_PAGES by pages the container has not");
        context.Answers("EINVAL", () => container.ReadDirtyBitmap(Iova, 4096, bitmap), "DIRTY_PAGES of half a mapping");
        container.ReadDirtyBitmap(Iova, 8192, bitmap);
        ScenarioContext.Equal(3ul, bitmap[0]);
        Unmap(context, container, memory);
        container.StopDirtyTracking();
        context.Answers("0", container.StopDirtyTracking, "DIRTY_PAGES ended twice");
    }

    // What was written to pages that are unmapped is told as they go. Linux: vfio_iommu_type1.c vfio_iommu_type1_unmap_dma, vfio_dma_do_unmap.
    private static void Unmap(ScenarioContext context, VfioContainer container, nint memory)
    {
        const ulong There = Iova + 0x10_0000;
        ulong[] bitmap = new ulong[1];
        container.MapFixed(There, memory, 8192);
        context.Answers("EINVAL", () => container.Unmap(There, 8192, bitmap, 8192), "UNMAP_DMA with pages written by pages the container has not");
        context.Answers("EINVAL", () => container.Unmap(There, 4096, bitmap), "UNMAP_DMA with pages written of half a mapping");
        ScenarioContext.Equal(0ul, bitmap[0]);
        bitmap[0] = 1ul << 63;
        ScenarioContext.Equal(8192ul, container.Unmap(There, 8192, bitmap));
        ScenarioContext.Equal(3ul, bitmap[0]);
        bitmap[0] = 0;
        ScenarioContext.Equal(0ul, container.Unmap(There, 8192, bitmap));
        ScenarioContext.Equal(0ul, bitmap[0]);

        container.StopDirtyTracking();
        container.MapFixed(There, memory, 8192);
        context.Answers("EINVAL", () => container.Unmap(There, 8192, bitmap), "UNMAP_DMA with pages written before it was begun");
        ScenarioContext.Equal(8192ul, container.Unmap(There, 8192));
        container.StartDirtyTracking();
    }

    // The process's addresses are taken from a mapping and given anew; devices notice nothing. Linux: vfio_dma_do_unmap, vfio_dma_do_map with VADDR.
    private static void Addresses(ScenarioContext context, VfioContainer container, nint memory)
    {
        context.Answers("1", () => container.CheckExtension(VfioUapi.VFIO_UPDATE_VADDR));
        context.Answers("EINVAL", () => container.UpdateAddress(Iova, memory, 8192), "VADDR given where none was taken");
        container.InvalidateAddresses(Iova, 8192);
        context.Answers("EINVAL", () => container.InvalidateAddresses(Iova, 8192), "VADDR taken twice");
        context.Answers("ENOENT", () => container.UpdateAddress(Iova + 0x10_0000, memory, 8192), "VADDR given to no mapping");
        context.Answers("0", () => container.UpdateAddress(Iova, memory, 8192));
    }
}
