using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_IOEVENTFD"/>: a register write that the kernel does each time an eventfd is signalled.
/// </summary>
/// <remarks>struct vfio_device_ioeventfd, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceIoeventfd
{
    /// <summary>Bytes of this struct.</summary>
    public uint Argsz;

    /// <summary>Exactly one of VFIO_DEVICE_IOEVENTFD_8 to _64: the width of the write.</summary>
    public uint Flags;

    /// <summary>Where to write, in the device's file. In a BAR, outside of the MSI-X table.</summary>
    public ulong Offset;

    /// <summary>What to write.</summary>
    public ulong Data;

    /// <summary>The eventfd, or -1 to end it.</summary>
    public int Fd;

    /// <summary>Not used; may be left out of <c>argsz</c>.</summary>
    public uint Reserved;
}
