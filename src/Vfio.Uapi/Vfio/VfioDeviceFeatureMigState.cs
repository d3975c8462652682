using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_mig_state.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigState
{
    /// <summary>device_state.</summary>
    public uint DeviceState;

    /// <summary>data_fd.</summary>
    public int DataFd;
}
