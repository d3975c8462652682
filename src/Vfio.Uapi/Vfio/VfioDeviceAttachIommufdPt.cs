using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT"/>: lets the device's DMA go through an IOAS or HWPT. On a device that
/// is attached already it replaces.
/// </summary>
/// <remarks>struct vfio_device_attach_iommufd_pt, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceAttachIommufdPt
{
    /// <summary>Bytes of this struct; 12 without the PASID.</summary>
    public uint Argsz;

    /// <summary><see cref="VfioUapi.VFIO_DEVICE_ATTACH_PASID"/> or zero.</summary>
    public uint Flags;

    /// <summary>In: the IOAS or HWPT. Out: the HWPT that is used, made by the kernel if an IOAS was given.</summary>
    public uint PtId;

    /// <summary>The PASID to attach instead of the device's plain DMA, if flagged. Since Linux 6.15.</summary>
    public uint Pasid;
}
