using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfo
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>index.</summary>
    public uint Index;

    /// <summary>cap_offset.</summary>
    public uint CapOffset;

    /// <summary>size.</summary>
    public ulong Size;

    /// <summary>offset.</summary>
    public ulong Offset;
}
