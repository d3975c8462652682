using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_BUS_MASTER"/>, for CDX devices; a PCI device has the bit in its configuration space.
/// </summary>
/// <remarks>struct vfio_device_feature_bus_master, 4 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureBusMaster
{
    /// <summary><see cref="VfioUapi.VFIO_DEVICE_FEATURE_SET_MASTER"/> or <see cref="VfioUapi.VFIO_DEVICE_FEATURE_CLEAR_MASTER"/>.</summary>
    public uint Op;
}
