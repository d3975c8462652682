using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_GET_REGION_INFO"/>: where a region is in the device's file and what can be done with it.
/// </summary>
/// <remarks>struct vfio_region_info, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfo
{
    /// <summary>
    /// In: bytes the caller has room for. Out: bytes needed for the struct and all capabilities. Too little room for capabilities is no
    /// error.
    /// </summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_REGION_INFO_FLAG_*.</summary>
    public uint Flags;

    /// <summary>In: which region.</summary>
    public uint Index;

    /// <summary>
    /// Set by the kernel if <see cref="VfioUapi.VFIO_REGION_INFO_FLAG_CAPS"/> is set: offset of the first capability, 0 if the room did
    /// not suffice.
    /// </summary>
    public uint CapOffset;

    /// <summary>Set by the kernel: bytes. 0 for a region the device does not have.</summary>
    public ulong Size;

    /// <summary>
    /// Set by the kernel: where the region begins in the device's file, for pread, pwrite and mmap. To be taken as it is, not computed.
    /// </summary>
    public ulong Offset;
}
