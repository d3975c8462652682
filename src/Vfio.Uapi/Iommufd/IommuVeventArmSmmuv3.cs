using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_vevent_arm_smmuv3.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventArmSmmuv3
{
    /// <summary>evt[0].</summary>
    public ulong Evt0;

    /// <summary>evt[1].</summary>
    public ulong Evt1;

    /// <summary>evt[2].</summary>
    public ulong Evt2;

    /// <summary>evt[3].</summary>
    public ulong Evt3;
}
