using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_GET_INFO"/>: what kind of device it is, and how many regions and interrupts it has.
/// </summary>
/// <remarks>struct vfio_device_info, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceInfo
{
    /// <summary>In: bytes the caller has room for. Out: bytes needed for the struct and all capabilities.</summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_DEVICE_FLAGS_*.</summary>
    public uint Flags;

    /// <summary>Set by the kernel: the highest region index plus one.</summary>
    public uint NumRegions;

    /// <summary>Set by the kernel: the highest interrupt index plus one.</summary>
    public uint NumIrqs;

    /// <summary>
    /// Set by the kernel if <see cref="VfioUapi.VFIO_DEVICE_FLAGS_CAPS"/> is set: offset of the first capability, 0 if the room did not
    /// suffice. Since Linux 5.10.
    /// </summary>
    public uint CapOffset;

    /// <summary>Not used.</summary>
    public uint Pad;
}
