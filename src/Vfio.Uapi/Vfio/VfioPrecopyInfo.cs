using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_MIG_GET_PRECOPY_INFO"/>: an estimate of how much state is left to read while the device runs.
/// </summary>
/// <remarks>struct vfio_precopy_info, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioPrecopyInfo
{
    /// <summary>Bytes of this struct.</summary>
    public uint Argsz;

    /// <summary>
    /// Set by the kernel, once <see cref="VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2"/> is on:
    /// <see cref="VfioUapi.VFIO_PRECOPY_INFO_REINIT"/>. Without that, what the caller put there.
    /// </summary>
    public uint Flags;

    /// <summary>Set by the kernel: bytes of the first state left. At 0 it is time to stop and copy.</summary>
    public ulong InitialBytes;

    /// <summary>Set by the kernel: bytes that have changed since they were read.</summary>
    public ulong DirtyBytes;
}
