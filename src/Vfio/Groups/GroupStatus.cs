using Vfio.Uapi;

namespace Vfio;

/// <summary>VFIO_GROUP_GET_STATUS's flags.</summary>
[Flags]
public enum GroupStatus : uint
{
    /// <summary>Neither.</summary>
    None = 0,

    /// <summary>No function of the group is driven by the kernel or by another program.</summary>
    Viable = VfioUapi.VFIO_GROUP_FLAGS_VIABLE,

    /// <summary>The group is in a container.</summary>
    InContainer = VfioUapi.VFIO_GROUP_FLAGS_CONTAINER_SET,
}
