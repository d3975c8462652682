using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_HWPT_ALLOC"/> needs for a nested stream table entry of an Arm SMMUv3
/// (<see cref="IommufdUapi.IOMMU_HWPT_DATA_ARM_SMMUV3"/>). Bits other than those the kernel passes on are EIO.
/// </summary>
/// <remarks>struct iommu_hwpt_arm_smmuv3, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptArmSmmuv3
{
    /// <summary>First 64 bits of the entry, little-endian: V, Cfg, S1Fmt, S1ContextPtr, S1CDMax.</summary>
    public ulong Ste0;

    /// <summary>Second 64 bits of the entry, little-endian: EATS, S1DSS, S1CIR, S1COR, S1CSH, S1STALLD.</summary>
    public ulong Ste1;
}
