using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE"/>.</summary>
/// <remarks>struct vfio_device_feature_mig_data_size, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigDataSize
{
    /// <summary>Set by the kernel: bytes the whole state is estimated to take.</summary>
    public ulong StopCopyLength;
}
