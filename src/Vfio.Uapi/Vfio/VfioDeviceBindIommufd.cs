using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_bind_iommufd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceBindIommufd
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>iommufd.</summary>
    public int Iommufd;

    /// <summary>out_devid.</summary>
    public uint OutDevid;

    /// <summary>token_uuid_ptr.</summary>
    public ulong TokenUuidPtr;
}
