using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_migration_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceMigrationInfo
{
    /// <summary>device_state.</summary>
    public uint DeviceState;

    /// <summary>reserved.</summary>
    public uint Reserved;

    /// <summary>pending_bytes.</summary>
    public ulong PendingBytes;

    /// <summary>data_offset.</summary>
    public ulong DataOffset;

    /// <summary>data_size.</summary>
    public ulong DataSize;
}
