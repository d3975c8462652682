using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_info_cap_type.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfoCapType
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>type.</summary>
    public uint Type;

    /// <summary>subtype.</summary>
    public uint Subtype;
}
