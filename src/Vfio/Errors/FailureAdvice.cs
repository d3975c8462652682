using Vfio.Uapi;

namespace Vfio;

/// <summary>Advice on a failed call that knows the function it was made on: names drivers, processes and limits instead of possibilities.</summary>
internal static class FailureAdvice
{
    public static string For(SystemTree tree, Errno errno, string operation, string path, DeviceFacts facts)
    {
        switch (operation, errno)
        {
            case ("VFIO_DEVICE_BIND_IOMMUFD" or "VFIO_GROUP_SET_CONTAINER", Errno.EPERM) when Blockers(facts) is { } blockers:
                return $"{blockers} {Viability.Advice}";
            case ("VFIO_DEVICE_BIND_IOMMUFD" or "VFIO_GROUP_SET_CONTAINER" or "VFIO_SET_IOMMU", Errno.EPERM) when facts.MsiIsolation == MsiIsolation.NotIsolated:
                string parameter = operation == "VFIO_DEVICE_BIND_IOMMUFD" ? "iommufd.allow_unsafe_interrupts" : "vfio_iommu_type1.allow_unsafe_interrupts";
                return $"Its interrupt messages are not isolated: {facts.MsiIsolationEvidence}. {Advice.ForMsiIsolation(parameter)}";
            case ("VFIO_DEVICE_BIND_IOMMUFD" or "VFIO_GROUP_SET_CONTAINER", Errno.EINVAL) when HasDirectRegion(facts):
                return "The firmware reserves memory for a function of its group (RMRR), so the kernel never takes it away from there.";
            case ("open" or "VFIO_DEVICE_BIND_IOMMUFD" or "VFIO_GROUP_SET_CONTAINER" or "VFIO_GROUP_GET_DEVICE_FD", Errno.EBUSY or Errno.EPERM or Errno.EINVAL):
                string general = Advice.For(operation, errno, path);
                IReadOnlyList<string> users = NodeUsers.Find(tree, NodesOf(facts));
                return users.Count == 0 ? general : $"In use by {string.Join(", ", users)}. {general}".TrimEnd();
            default:
                return Advice.For(operation, errno, path);
        }
    }

    private static string? Blockers(DeviceFacts facts) => facts.Group is null ? null : Viability.Describe(facts.Group);

    private static bool HasDirectRegion(DeviceFacts facts) => facts.Group?.ReservedRegions.Any(region => region.Type == "direct") == true;

    // Any function of the group owns it for all: its peers' device nodes count too. This process is looked for as any other.
    private static IEnumerable<DeviceNode?> NodesOf(DeviceFacts facts)
        => (facts.Group?.Functions ?? [facts.Function]).SelectMany(function => new[] { function.Nodes.Device, function.Nodes.Group });
}
