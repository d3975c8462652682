using Vfio.Uapi;

namespace Vfio;

/// <summary>How a virtual display's picture is had; VFIO_GFX_PLANE_TYPE_*.</summary>
public enum GraphicsPlaneForm : uint
{
    /// <summary>As a dma-buf.</summary>
    DmaBuf = VfioUapi.VFIO_GFX_PLANE_TYPE_DMABUF,

    /// <summary>In a region of the device.</summary>
    Region = VfioUapi.VFIO_GFX_PLANE_TYPE_REGION,
}
