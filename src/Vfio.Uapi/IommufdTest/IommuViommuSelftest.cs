using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_VIOMMU_ALLOC"/> takes and gives for a mock vIOMMU
/// (<see cref="IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST"/>).
/// </summary>
/// <remarks>struct iommu_viommu_selftest, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuSelftest
{
    /// <summary>In: any value.</summary>
    public uint InData;

    /// <summary>Set by the kernel: the same value.</summary>
    public uint OutData;

    /// <summary>Set by the kernel: offset to give to mmap on the iommufd.</summary>
    public ulong OutMmapOffset;

    /// <summary>Set by the kernel: bytes to map.</summary>
    public ulong OutMmapLength;
}
