using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_arm_smmuv3.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptArmSmmuv3
{
    /// <summary>ste[0].</summary>
    public ulong Ste0;

    /// <summary>ste[1].</summary>
    public ulong Ste1;
}
