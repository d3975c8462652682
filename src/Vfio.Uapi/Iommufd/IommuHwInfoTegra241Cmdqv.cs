using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/> writes for the command queue virtualisation of NVIDIA Tegra241
/// (<see cref="IommufdUapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV"/>). Since Linux 6.17.
/// </summary>
/// <remarks>struct iommu_hw_info_tegra241_cmdqv, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoTegra241Cmdqv
{
    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>Hardware version, bits 3:0 of its PARAM register.</summary>
    public byte Version;

    /// <summary>Base-2 logarithm of the number of virtual command queues, bits 7:4 of PARAM.</summary>
    public byte Log2vcmdqs;

    /// <summary>Base-2 logarithm of the number of stream id replacements, bits 15:12 of PARAM.</summary>
    public byte Log2vsids;

    /// <summary>Zero.</summary>
    public byte Reserved;
}
