using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// An event of an Arm SMMUv3, with the stream id the virtual machine knows (<see cref="IommufdUapi.IOMMU_VEVENTQ_TYPE_ARM_SMMUV3"/>).
/// </summary>
/// <remarks>struct iommu_vevent_arm_smmuv3, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventArmSmmuv3
{
    /// <summary>Bits 63:0 of the event record, little-endian.</summary>
    public ulong Evt0;

    /// <summary>Bits 127:64 of the event record, little-endian.</summary>
    public ulong Evt1;

    /// <summary>Bits 191:128 of the event record, little-endian.</summary>
    public ulong Evt2;

    /// <summary>Bits 255:192 of the event record, little-endian.</summary>
    public ulong Evt3;
}
