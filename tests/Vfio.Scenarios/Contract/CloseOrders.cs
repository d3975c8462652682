using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>Files may be closed in any order: what a device needs stays until the device is closed, and then it is free again.</summary>
public static class CloseOrders
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("closing in any order", Run);

    private static void Run(ScenarioContext context)
    {
        // A bound device holds its iommufd. Linux: vfio_df_ioctl_bind_iommufd keeps the file's context.
        using (RawKernel kernel = new(context.Calls))
        {
            var (iommufd, device, _, _) = kernel.OpenByNode();
            kernel.Close(iommufd);
            Works(context, kernel, device);
        }

        using (RawKernel kernel = new(context.Calls))
        {
            var (iommufd, device, _, ioas) = kernel.OpenByNode();
            kernel.Close(device);
            // The device is gone from the iommufd: its id is free, and its automatic page table with it.
            context.Answers("0", kernel.Destroy(iommufd, ioas), "DESTROY of the IOAS after the device was closed");
            ScenarioContext.Equal(1u, kernel.AllocateIoas(iommufd));
        }

        using (RawKernel kernel = new(context.Calls))
        {
            var (container, group, device) = kernel.OpenByGroup(context.Machine.Edu);
            kernel.Close(group);
            kernel.Close(container);
            Works(context, kernel, device);
            // The device's file keeps its group open.
            context.Answers("EBUSY", context.Calls.Open(kernel.GroupNode(context.Machine.Edu), OpenFlags.ReadWrite), "open of the group again");
        }

        using (RawKernel kernel = new(context.Calls))
        {
            var (_, device, _, _) = kernel.OpenByNode();
            int duplicate = kernel.Keep(RawKernel.Succeeds("dup", context.Calls.Dup(device)));
            kernel.Close(device);
            Works(context, kernel, duplicate);
        }

        using (RawKernel kernel = new(context.Calls))
        {
            var (_, device, _, _) = kernel.OpenByNode();
            Works(context, kernel, device);
        }

        context.Answers("EBADF", context.Calls.Close(9999));
    }

    private static void Works(ScenarioContext context, RawKernel kernel, int device)
    {
        RawKernel.Succeeds("GET_REGION_INFO", kernel.RegionInfo(device, VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX, out VfioRegionInfo config));
        byte[] id = new byte[4];
        context.Answers("4", (int)context.Calls.Pread(device, id, (long)config.Offset), "pread of the config space");
        ScenarioContext.Equal("34-12-E8-11", BitConverter.ToString(id));
    }
}
