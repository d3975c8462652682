using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="VfioUapi.VFIO_GROUP_GET_STATUS"/>: whether a group can be used.</summary>
/// <remarks>struct vfio_group_status, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioGroupStatus
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_GROUP_FLAGS_*.</summary>
    public uint Flags;
}
