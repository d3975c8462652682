using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_attach_iommufd_pt.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceAttachIommufdPt
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>pt_id.</summary>
    public uint PtId;

    /// <summary>pasid.</summary>
    public uint Pasid;
}
