namespace Vfio;

/// <summary>The nodes that lead to a function. Null where the kernel offers none to it.</summary>
/// <param name="Device">/dev/vfio/devices/vfioN.</param>
/// <param name="Group">/dev/vfio/N, or /dev/vfio/noiommu-N.</param>
/// <param name="Iommufd">/dev/iommu.</param>
/// <param name="Container">/dev/vfio/vfio.</param>
public sealed record FunctionNodes(DeviceNode? Device, DeviceNode? Group, DeviceNode? Iommufd, DeviceNode? Container);
