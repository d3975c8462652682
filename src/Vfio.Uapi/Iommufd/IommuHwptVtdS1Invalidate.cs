using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// One request of <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE"/> for an Intel VT-d stage-1 table
/// (<see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1"/>). Device TLBs are invalidated along.
/// </summary>
/// <remarks>struct iommu_hwpt_vtd_s1_invalidate, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptVtdS1Invalidate
{
    /// <summary>First address whose cached translation is stale; 4 KiB aligned.</summary>
    public ulong Addr;

    /// <summary>How many 4 KiB pages. <c>ulong.MaxValue</c> with an address of zero means the whole table.</summary>
    public ulong Npages;

    /// <summary><see cref="IommufdUapi.IOMMU_VTD_INV_FLAGS_LEAF"/> if only leaf entries changed.</summary>
    public uint Flags;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
