using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_BIND_IOMMUFD"/>: gives a device opened by its own node to an iommufd. Nothing else works
/// on the device before; closing the device ends it.
/// </summary>
/// <remarks>struct vfio_device_bind_iommufd, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceBindIommufd
{
    /// <summary>Bytes of this struct; 16 without the token.</summary>
    public uint Argsz;

    /// <summary><see cref="VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN"/> or zero.</summary>
    public uint Flags;

    /// <summary>The iommufd's descriptor.</summary>
    public int Iommufd;

    /// <summary>Set by the kernel: the device's id in that iommufd.</summary>
    public uint OutDevid;

    /// <summary>Address of the 16 bytes of a VF token, if flagged. Since Linux 6.17.</summary>
    public ulong TokenUuidPtr;
}
