using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeature
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;
}
