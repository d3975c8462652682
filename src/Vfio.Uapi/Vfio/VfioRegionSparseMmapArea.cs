using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_sparse_mmap_area.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionSparseMmapArea
{
    /// <summary>offset.</summary>
    public ulong Offset;

    /// <summary>size.</summary>
    public ulong Size;
}
