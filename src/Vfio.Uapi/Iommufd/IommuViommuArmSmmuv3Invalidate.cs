using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// One request of <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE"/> for an Arm SMMUv3 vIOMMU
/// (<see cref="IommufdUapi.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3"/>): a command of its command queue. TLBI, ATC and CFGI commands are
/// taken, others are EIO. Since Linux 6.13.
/// </summary>
/// <remarks>struct iommu_viommu_arm_smmuv3_invalidate, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuArmSmmuv3Invalidate
{
    /// <summary>First 64 bits of the command, little-endian.</summary>
    public ulong Cmd0;

    /// <summary>Second 64 bits of the command, little-endian.</summary>
    public ulong Cmd1;
}
