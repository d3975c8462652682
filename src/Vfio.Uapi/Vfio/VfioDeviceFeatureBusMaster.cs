using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_bus_master.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureBusMaster
{
    /// <summary>op.</summary>
    public uint Op;
}
