using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>A part of a region that can be mapped.</summary>
/// <remarks>struct vfio_region_sparse_mmap_area, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionSparseMmapArea
{
    /// <summary>Where it begins in the region, in bytes.</summary>
    public ulong Offset;

    /// <summary>Bytes.</summary>
    public ulong Size;
}
