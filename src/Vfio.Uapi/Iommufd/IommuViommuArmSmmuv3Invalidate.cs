using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_viommu_arm_smmuv3_invalidate.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuArmSmmuv3Invalidate
{
    /// <summary>cmd[0].</summary>
    public ulong Cmd0;

    /// <summary>cmd[1].</summary>
    public ulong Cmd1;
}
