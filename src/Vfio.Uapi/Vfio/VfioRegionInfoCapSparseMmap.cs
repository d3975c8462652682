using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Capability <see cref="VfioUapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP"/>: only the listed parts of the region can be mapped. An array of
/// <see cref="VfioRegionSparseMmapArea"/> follows.
/// </summary>
/// <remarks>struct vfio_region_info_cap_sparse_mmap, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfoCapSparseMmap
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>How many areas follow.</summary>
    public uint NrAreas;

    /// <summary>Not used.</summary>
    public uint Reserved;
}
