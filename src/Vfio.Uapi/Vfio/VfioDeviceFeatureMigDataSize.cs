using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_mig_data_size.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigDataSize
{
    /// <summary>stop_copy_length.</summary>
    public ulong StopCopyLength;
}
