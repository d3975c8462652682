using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_info_cap_sparse_mmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfoCapSparseMmap
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>nr_areas.</summary>
    public uint NrAreas;

    /// <summary>reserved.</summary>
    public uint Reserved;
}
