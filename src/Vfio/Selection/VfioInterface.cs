namespace Vfio;

/// <summary>A way to open a function.</summary>
public enum VfioInterface
{
    /// <summary>/dev/vfio/devices/vfioN, bound to an iommufd.</summary>
    Device,

    /// <summary>/dev/vfio/N, in a container.</summary>
    Group,
}
