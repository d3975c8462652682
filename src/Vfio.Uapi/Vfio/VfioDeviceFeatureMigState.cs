using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE"/>: the migration state to go to, or the one that is.
/// </summary>
/// <remarks>struct vfio_device_feature_mig_state, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureMigState
{
    /// <summary>VFIO_DEVICE_STATE_ERROR to VFIO_DEVICE_STATE_PRE_COPY_P2P.</summary>
    public uint DeviceState;

    /// <summary>
    /// Set by the kernel: the descriptor that state is read from or written to, if this change began such a transfer, else -1. The
    /// caller closes it.
    /// </summary>
    public int DataFd;
}
