using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// The registers of a version 1 migration region, which no driver has any more. Linux 5.8 to 5.17;
/// <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"/> took its place.
/// </summary>
/// <remarks>struct vfio_device_migration_info, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceMigrationInfo
{
    /// <summary>VFIO_DEVICE_STATE_V1_* bits.</summary>
    public uint DeviceState;

    /// <summary>Not used.</summary>
    public uint Reserved;

    /// <summary>Bytes of state not read yet.</summary>
    public ulong PendingBytes;

    /// <summary>Where in the region the data is.</summary>
    public ulong DataOffset;

    /// <summary>Bytes of data there.</summary>
    public ulong DataSize;
}
