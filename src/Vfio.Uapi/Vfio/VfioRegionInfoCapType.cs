using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Capability <see cref="VfioUapi.VFIO_REGION_INFO_CAP_TYPE"/>: what a region beyond the fixed ones contains.</summary>
/// <remarks>struct vfio_region_info_cap_type, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionInfoCapType
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>VFIO_REGION_TYPE_*, or a PCI vendor id with <see cref="VfioUapi.VFIO_REGION_TYPE_PCI_VENDOR_TYPE"/> set.</summary>
    public uint Type;

    /// <summary>VFIO_REGION_SUBTYPE_* within that type.</summary>
    public uint Subtype;
}
