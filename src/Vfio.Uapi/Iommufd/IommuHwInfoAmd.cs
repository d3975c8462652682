using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/> writes for an AMD IOMMU (<see cref="IommufdUapi.IOMMU_HW_INFO_TYPE_AMD"/>). Since
/// Linux 7.0.
/// </summary>
/// <remarks>struct iommu_hw_info_amd, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoAmd
{
    /// <summary>The Extended Feature Register, MMIO offset 0x30, as the hardware has it.</summary>
    public ulong Efr;

    /// <summary>The Extended Feature 2 Register, MMIO offset 0x1A0, as the hardware has it.</summary>
    public ulong Efr2;
}
