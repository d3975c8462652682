using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_precopy_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioPrecopyInfo
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>initial_bytes.</summary>
    public ulong InitialBytes;

    /// <summary>dirty_bytes.</summary>
    public ulong DirtyBytes;
}
