using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_detach_iommufd_pt.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceDetachIommufdPt
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>pasid.</summary>
    public uint Pasid;
}
