namespace Vfio.Scenarios.Contract;

/// <summary>Ids: the lowest free one is given, a wrong one is refused by its own errno, a used one cannot be destroyed.</summary>
public static class ObjectIds
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("ids of iommufd objects", Run);

    private static void Run(ScenarioContext context)
    {
        using VfioDevice device = context.Open(InterfaceChoice.Device);
        IommufdContext iommufd = device.Iommufd!;
        Ioas ioas = device.Ioas!;
        uint id = device.IommufdDeviceId!.Value;
        ScenarioContext.Equal(1u, id);
        ScenarioContext.Equal(2u, ioas.Id);

        context.Answers("ENOENT", () => iommufd.Destroy(0));
        context.Answers("ENOENT", () => iommufd.Destroy(999));
        context.Answers("EBUSY", () => iommufd.Destroy(id), "DESTROY of a bound device");
        context.Answers("EBUSY", () => iommufd.Destroy(ioas.Id), "DESTROY of an IOAS with a page table");
        context.Answers("ENOENT", () => device.Attach(iommufd.GetIoas(999)), "ATTACH to an id that is not there");
        context.Answers("EINVAL", () => device.Attach(iommufd.GetIoas(id)), "ATTACH to a device");

        context.Answers("EINVAL", () => iommufd.AllocateHwpt(id, iommufd.GetIoas(999)).Dispose(), "HWPT_ALLOC on an id that is not there");
        context.Answers("ENOENT", () => iommufd.AllocateHwpt(999, ioas).Dispose(), "HWPT_ALLOC for a device that is not there");
        context.Answers("ENOENT", () => iommufd.AllocateHwpt(ioas.Id, ioas).Dispose(), "HWPT_ALLOC for an IOAS");
        context.Answers("EINVAL", () => iommufd.AllocateHwpt(id, iommufd.GetIoas(id)).Dispose(), "HWPT_ALLOC on a device");
        Hwpt hwpt = iommufd.AllocateHwpt(id, ioas);
        ScenarioContext.Equal(4u, hwpt.Id);

        // A second attach is a replace; the automatic table dies with its last user. Linux: iommufd_device_change_pt.
        device.Attach(hwpt);
        context.Answers("ENOENT", () => iommufd.Destroy(3), "DESTROY of the automatic HWPT after its last user left");
        context.Answers("EBUSY", () => iommufd.Destroy(hwpt.Id), "DESTROY of an attached HWPT");
        device.Detach();
        context.Answers("0", device.Detach, "a second DETACH");
        context.Answers("0", () => iommufd.Destroy(hwpt.Id));
        context.Answers("0", () => iommufd.Destroy(ioas.Id));
        ScenarioContext.Equal(2u, iommufd.AllocateIoas().Id);

        ScenarioContext.Equal(null, iommufd.GetCompatIoas());
        context.Answers("ENOENT", () => iommufd.SetCompatIoas(999));
    }
}
