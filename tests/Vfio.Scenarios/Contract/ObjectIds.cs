using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>Ids: the lowest free one is given, a wrong one is refused by its own errno, a used one cannot be destroyed.</summary>
public static class ObjectIds
{
    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("ids of iommufd objects", Run);

    private static void Run(ScenarioContext context)
    {
        using RawKernel kernel = new(context.Calls);
        var (iommufd, device, id, ioas) = kernel.OpenByNode();
        ScenarioContext.Equal(1u, id);
        ScenarioContext.Equal(2u, ioas);

        context.Answers("ENOENT", kernel.Destroy(iommufd, 0));
        context.Answers("ENOENT", kernel.Destroy(iommufd, 999));
        context.Answers("EBUSY", kernel.Destroy(iommufd, id), "DESTROY of a bound device");
        context.Answers("EBUSY", kernel.Destroy(iommufd, ioas), "DESTROY of an IOAS with a page table");

        uint table = 999;
        context.Answers("ENOENT", kernel.Attach(device, ref table), "ATTACH to an id that is not there");
        table = id;
        context.Answers("EINVAL", kernel.Attach(device, ref table), "ATTACH to a device");

        context.Answers("EINVAL", kernel.AllocateHwpt(iommufd, id, 999, out _), "HWPT_ALLOC on an id that is not there");
        context.Answers("ENOENT", kernel.AllocateHwpt(iommufd, 999, ioas, out _), "HWPT_ALLOC for a device that is not there");
        context.Answers("ENOENT", kernel.AllocateHwpt(iommufd, ioas, ioas, out _), "HWPT_ALLOC for an IOAS");
        context.Answers("EINVAL", kernel.AllocateHwpt(iommufd, id, id, out _), "HWPT_ALLOC on a device");
        context.Answers("0", kernel.AllocateHwpt(iommufd, id, ioas, out uint hwpt));
        ScenarioContext.Equal(4u, hwpt);

        // A second attach is a replace; the automatic table dies with its last user. Linux: iommufd_device_change_pt.
        table = hwpt;
        context.Answers("0", kernel.Attach(device, ref table), "ATTACH to an explicit HWPT");
        ScenarioContext.Equal(hwpt, table);
        context.Answers("ENOENT", kernel.Destroy(iommufd, 3), "DESTROY of the automatic HWPT after its last user left");
        context.Answers("EBUSY", kernel.Destroy(iommufd, hwpt), "DESTROY of an attached HWPT");
        context.Answers("0", kernel.Detach(device));
        context.Answers("0", kernel.Detach(device), "a second DETACH");
        context.Answers("0", kernel.Destroy(iommufd, hwpt));
        context.Answers("0", kernel.Destroy(iommufd, ioas));
        ScenarioContext.Equal(2u, kernel.AllocateIoas(iommufd));

        uint none = 0;
        context.Answers("ENODEV", kernel.CompatIoas(iommufd, IommufdUapi.IOMMU_VFIO_IOAS_GET, ref none), "the compat IOAS where none was set");
        uint missing = 999;
        context.Answers("ENOENT", kernel.CompatIoas(iommufd, IommufdUapi.IOMMU_VFIO_IOAS_SET, ref missing));
        context.Answers("EOPNOTSUPP", kernel.CompatIoas(iommufd, 9, ref none));
    }
}
