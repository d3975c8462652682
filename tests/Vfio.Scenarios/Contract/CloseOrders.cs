using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>Files may be closed in any order: what a device needs stays until the device is closed, and then it is free again.</summary>
public static class CloseOrders
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("closing in any order", Run);

    private static void Run(ScenarioContext context)
    {
        long config = context.OffsetOf(VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX);

        // A bound device holds its iommufd. Linux: vfio_df_ioctl_bind_iommufd keeps the file's context.
        using (IommufdContext iommufd = IommufdContext.Open(context.Host))
        using (VfioDevice device = VfioDevice.FromDeviceHandle(context.OpenNode(), iommufd, context.Edu, leaveIommufdOpen: true))
        {
            iommufd.Dispose();
            Works(device);
        }

        // The device is gone from the iommufd: its id is free, and its automatic page table with it.
        using (IommufdContext iommufd = IommufdContext.Open(context.Host))
        {
            Ioas ioas;
            using (VfioFileHandle node = context.OpenNode())
            {
                ScenarioContext.Equal(1u, iommufd.BindDevice(node));
                ioas = iommufd.AllocateIoas();
                using VfioDevice device = VfioDevice.FromDeviceHandle(
                    node, iommufd, context.Edu, boundDeviceId: 1, ioas: ioas, leaveDeviceOpen: true, leaveIommufdOpen: true);
                context.Answers("EBUSY", () => iommufd.Destroy(ioas.Id), "DESTROY of the IOAS under the device");
            }

            context.Answers("0", () => iommufd.Destroy(ioas.Id), "DESTROY of the IOAS after the device was closed");
            ScenarioContext.Equal(1u, iommufd.AllocateIoas().Id);
        }

        using (VfioContainer container = VfioContainer.Open(context.Host))
        using (VfioGroup group = VfioGroup.Open(context.Host, context.GroupId))
        {
            // Not by the library's device, which takes its group out of the container before it closes it.
            group.SetContainer(container.Handle);
            container.SetIommu();
            using VfioFileHandle device = group.OpenDevice(context.Edu);
            group.Handle.Dispose();
            container.Dispose();
            ScenarioContext.Equal("34-12-E8-11", Identity(device, config));

            // The device's file keeps its group open.
            context.Answers("EBUSY", () => VfioGroup.Open(context.Host, context.GroupId).Dispose(), "open of the group again");
        }

        using (IommufdContext iommufd = IommufdContext.Open(context.Host))
        using (VfioFileHandle node = context.OpenNode())
        {
            iommufd.BindDevice(node);
            int duplicate = context.Calls.Dup(node.Fd);
            ScenarioContext.Check(duplicate >= 0, $"dup: {ScenarioContext.Answer(duplicate)}");
            using VfioFileHandle copy = new(context.Calls, duplicate, "a duplicate");
            node.Dispose();
            ScenarioContext.Equal("34-12-E8-11", Identity(copy, config));
        }

        using (VfioDevice device = context.Open(InterfaceChoice.Device))
        {
            Works(device);
        }

        context.Answers("EBADF", context.Calls.Close(9999));
    }

    private static void Works(VfioDevice device)
    {
        ScenarioContext.Equal((ushort)0x1234, device.Config.Read16(0));
        ScenarioContext.Equal((ushort)0x11e8, device.Config.Read16(2));
    }

    private static string Identity(VfioFileHandle device, long config)
    {
        byte[] id = new byte[4];
        ScenarioContext.Equal(4, (int)device.Pread(id, config));
        return BitConverter.ToString(id);
    }
}
