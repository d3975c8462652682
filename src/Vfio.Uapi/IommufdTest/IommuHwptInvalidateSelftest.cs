using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// One request of <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE"/> for a mock nested table
/// (<see cref="IommufdTestUapi.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST"/>).
/// </summary>
/// <remarks>struct iommu_hwpt_invalidate_selftest, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptInvalidateSelftest
{
    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL"/> or zero.</summary>
    public uint Flags;

    /// <summary>Which entry of the mock cache, unless all are.</summary>
    public uint IotlbId;
}
