using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/> writes for Intel VT-d (<see cref="IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD"/>).
/// </summary>
/// <remarks>struct iommu_hw_info_vtd, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoVtd
{
    /// <summary><see cref="IommufdUapi.IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17"/> or nothing.</summary>
    public uint Flags;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>The unit's Capability Register (VT-d specification 11.4.2).</summary>
    public ulong CapReg;

    /// <summary>
    /// The unit's Extended Capability Register (11.4.3). Bit 7, snoop control, says whether no-snoop requests can be made coherent.
    /// </summary>
    public ulong EcapReg;
}
