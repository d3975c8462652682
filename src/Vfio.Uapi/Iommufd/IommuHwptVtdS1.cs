using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_HWPT_ALLOC"/> needs for a stage-1 page table of Intel VT-d that the caller manages
/// (<see cref="IommufdUapi.IOMMU_HWPT_DATA_VTD_S1"/>).
/// </summary>
/// <remarks>struct iommu_hwpt_vtd_s1, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptVtdS1
{
    /// <summary>IOMMU_VTD_S1_* attributes of the table's entries.</summary>
    public ulong Flags;

    /// <summary>Address of the top-level table, in the parent's address space.</summary>
    public ulong PgtblAddr;

    /// <summary>Width in bits of the addresses the table translates.</summary>
    public uint AddrWidth;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
