using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_migration.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigration
{
    /// <summary>flags.</summary>
    public ulong Flags;
}
