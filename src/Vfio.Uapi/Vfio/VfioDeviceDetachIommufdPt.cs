using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT"/>: blocks the device's DMA again.</summary>
/// <remarks>struct vfio_device_detach_iommufd_pt, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceDetachIommufdPt
{
    /// <summary>Bytes of this struct; 8 without the PASID.</summary>
    public uint Argsz;

    /// <summary><see cref="VfioUapi.VFIO_DEVICE_DETACH_PASID"/> or zero.</summary>
    public uint Flags;

    /// <summary>The PASID to detach instead of the device's plain DMA, if flagged. Since Linux 6.15.</summary>
    public uint Pasid;
}
