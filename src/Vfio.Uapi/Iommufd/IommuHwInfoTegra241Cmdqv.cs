using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_info_tegra241_cmdqv.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoTegra241Cmdqv
{
    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>version.</summary>
    public byte Version;

    /// <summary>log2vcmdqs.</summary>
    public byte Log2vcmdqs;

    /// <summary>log2vsids.</summary>
    public byte Log2vsids;

    /// <summary>__reserved.</summary>
    public byte Reserved;
}
