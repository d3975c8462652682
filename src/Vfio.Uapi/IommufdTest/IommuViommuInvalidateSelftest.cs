using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// One request of <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE"/> for a mock vIOMMU
/// (<see cref="IommufdTestUapi.IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST"/>).
/// </summary>
/// <remarks>struct iommu_viommu_invalidate_selftest, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuInvalidateSelftest
{
    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL"/> or zero.</summary>
    public uint Flags;

    /// <summary>The device, by the id the virtual machine knows.</summary>
    public uint VdevId;

    /// <summary>Which entry of its mock cache, unless all are.</summary>
    public uint CacheId;
}
