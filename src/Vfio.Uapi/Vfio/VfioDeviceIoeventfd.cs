using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_ioeventfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceIoeventfd
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>offset.</summary>
    public ulong Offset;

    /// <summary>data.</summary>
    public ulong Data;

    /// <summary>fd.</summary>
    public int Fd;

    /// <summary>reserved.</summary>
    public uint Reserved;
}
