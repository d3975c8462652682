using Vfio.Uapi;

namespace Vfio;

// The display of a mediated graphics device.
public sealed partial class VfioDevice
{
    /// <summary>Whether the device has a display whose picture is had that way (VFIO_DEVICE_QUERY_GFX_PLANE, PROBE).</summary>
    /// <param name="form">How.</param>
    public bool HasGraphicsPlane(GraphicsPlaneForm form)
    {
        VfioDeviceGfxPlaneInfo argument = PlaneArgument(VfioUapi.VFIO_GFX_PLANE_TYPE_PROBE | (uint)form, 0);
        return Handle.Ioctl(VfioUapi.VFIO_DEVICE_QUERY_GFX_PLANE, ref argument) >= 0;
    }

    /// <summary>What a plane of the display shows now (VFIO_DEVICE_QUERY_GFX_PLANE).</summary>
    /// <param name="form">How its picture is to be had.</param>
    /// <param name="planeType">DRM_PLANE_TYPE_*: 1 the picture, 2 the cursor.</param>
    /// <exception cref="VfioException">ENOTTY: no display. EINVAL: not that way.</exception>
    public GraphicsPlane QueryGraphicsPlane(GraphicsPlaneForm form, uint planeType)
    {
        VfioDeviceGfxPlaneInfo argument = PlaneArgument((uint)form, planeType);
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_QUERY_GFX_PLANE, ref argument), nameof(VfioUapi.VFIO_DEVICE_QUERY_GFX_PLANE));
        return new GraphicsPlane(
            argument.DrmFormat,
            argument.DrmFormatMod,
            argument.Width,
            argument.Height,
            argument.Stride,
            argument.Size,
            argument.XPos,
            argument.YPos,
            argument.XHot,
            argument.YHot,
            argument.DmabufId);
    }

    /// <summary>A plane's picture (VFIO_DEVICE_GET_GFX_DMABUF).</summary>
    /// <param name="id">From <see cref="QueryGraphicsPlane"/>.</param>
    /// <returns>The dma-buf; the caller's to dispose.</returns>
    /// <exception cref="VfioException">ENOTTY: no display. EINVAL: no such number.</exception>
    public VfioFileHandle GetGraphicsDmaBuf(uint id)
    {
        int fd = Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_GET_GFX_DMABUF, ref id), nameof(VfioUapi.VFIO_DEVICE_GET_GFX_DMABUF));
        return new VfioFileHandle(Handle.Calls, fd, $"dma-buf of {Address}'s display");
    }

    private static VfioDeviceGfxPlaneInfo PlaneArgument(uint flags, uint planeType) => new()
    {
        Argsz = (uint)StructBytes.SizeOf<VfioDeviceGfxPlaneInfo>(),
        Flags = flags,
        DrmPlaneType = planeType,
    };
}
