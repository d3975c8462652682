using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_info_arm_smmuv3.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoArmSmmuv3
{
    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>idr[0].</summary>
    public uint Idr0;

    /// <summary>idr[1].</summary>
    public uint Idr1;

    /// <summary>idr[2].</summary>
    public uint Idr2;

    /// <summary>idr[3].</summary>
    public uint Idr3;

    /// <summary>idr[4].</summary>
    public uint Idr4;

    /// <summary>idr[5].</summary>
    public uint Idr5;

    /// <summary>iidr.</summary>
    public uint Iidr;

    /// <summary>aidr.</summary>
    public uint Aidr;
}
