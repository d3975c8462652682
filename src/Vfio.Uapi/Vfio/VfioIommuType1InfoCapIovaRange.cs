using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_info_cap_iova_range.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoCapIovaRange
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>nr_iovas.</summary>
    public uint NrIovas;

    /// <summary>reserved.</summary>
    public uint Reserved;
}
