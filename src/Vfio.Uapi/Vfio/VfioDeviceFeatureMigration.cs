using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION"/>: which migration states the device has.</summary>
/// <remarks>struct vfio_device_feature_migration, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigration
{
    /// <summary>VFIO_MIGRATION_* bits.</summary>
    public ulong Flags;
}
