using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_VIOMMU_ALLOC"/> writes for <see cref="IommufdUapi.IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV"/>: where the
/// virtual interface's register page can be mapped from. Since Linux 6.17.
/// </summary>
/// <remarks>struct iommu_viommu_tegra241_cmdqv, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuTegra241Cmdqv
{
    /// <summary>Set by the kernel: offset to give to mmap on the iommufd.</summary>
    public ulong OutVintfMmapOffset;

    /// <summary>Set by the kernel: bytes to map.</summary>
    public ulong OutVintfMmapLength;
}
