using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/> writes for an Arm SMMUv3 (<see cref="IommufdUapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3"/>).
/// Raw registers, of which only some fields are meant for user space.
/// </summary>
/// <remarks>struct iommu_hw_info_arm_smmuv3, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoArmSmmuv3
{
    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>SMMU_IDR0: ST_LEVEL, TERM_MODEL, STALL_MODEL, TTENDIAN, CD2L, ASID16 and TTF may be used.</summary>
    public uint Idr0;

    /// <summary>SMMU_IDR1: SIDSIZE and SSIDSIZE may be used.</summary>
    public uint Idr1;

    /// <summary>SMMU_IDR2: nothing in it is meant for user space.</summary>
    public uint Idr2;

    /// <summary>SMMU_IDR3: BBML and RIL may be used.</summary>
    public uint Idr3;

    /// <summary>SMMU_IDR4: nothing in it is meant for user space.</summary>
    public uint Idr4;

    /// <summary>SMMU_IDR5: VAX, GRAN64K, GRAN16K and GRAN4K may be used.</summary>
    public uint Idr5;

    /// <summary>SMMU_IIDR: who made the implementation, and which it is.</summary>
    public uint Iidr;

    /// <summary>SMMU_AIDR: the architecture's version.</summary>
    public uint Aidr;
}
