using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Capability <see cref="VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE"/>: where mappings may be. An array of
/// <see cref="VfioIovaRange"/> follows. Since Linux 5.4.
/// </summary>
/// <remarks>struct vfio_iommu_type1_info_cap_iova_range, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoCapIovaRange
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>How many ranges follow.</summary>
    public uint NrIovas;

    /// <summary>Not used.</summary>
    public uint Reserved;
}
