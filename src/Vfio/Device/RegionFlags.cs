using Vfio.Uapi;

namespace Vfio;

/// <summary>VFIO_REGION_INFO_FLAG_*.</summary>
[Flags]
public enum RegionFlags : uint
{
    /// <summary>The device has no such region.</summary>
    None = 0,

    /// <summary>It can be read.</summary>
    Read = VfioUapi.VFIO_REGION_INFO_FLAG_READ,

    /// <summary>It can be written.</summary>
    Write = VfioUapi.VFIO_REGION_INFO_FLAG_WRITE,

    /// <summary>It, or parts of it, can be mapped.</summary>
    Mmap = VfioUapi.VFIO_REGION_INFO_FLAG_MMAP,

    /// <summary>The kernel tells more in capabilities.</summary>
    Capabilities = VfioUapi.VFIO_REGION_INFO_FLAG_CAPS,
}
