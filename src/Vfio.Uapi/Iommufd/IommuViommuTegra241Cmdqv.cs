using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_viommu_tegra241_cmdqv.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuTegra241Cmdqv
{
    /// <summary>out_vintf_mmap_offset.</summary>
    public ulong OutVintfMmapOffset;

    /// <summary>out_vintf_mmap_length.</summary>
    public ulong OutVintfMmapLength;
}
