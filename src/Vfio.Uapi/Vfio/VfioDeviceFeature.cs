using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Head of <see cref="VfioUapi.VFIO_DEVICE_FEATURE"/>: reads, sets or probes one feature, whose data follows.</summary>
/// <remarks>struct vfio_device_feature, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeature
{
    /// <summary>Bytes of this struct and the data behind it.</summary>
    public uint Argsz;

    /// <summary>
    /// The feature in the bits of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MASK"/>, and <see cref="VfioUapi.VFIO_DEVICE_FEATURE_GET"/>,
    /// <see cref="VfioUapi.VFIO_DEVICE_FEATURE_SET"/> or <see cref="VfioUapi.VFIO_DEVICE_FEATURE_PROBE"/>; get and set exclude each
    /// other except in a probe.
    /// </summary>
    public uint Flags;
}
