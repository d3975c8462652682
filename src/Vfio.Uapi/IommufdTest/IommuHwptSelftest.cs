using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_HWPT_ALLOC"/> needs for a mock device (<see cref="IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST"/>).
/// </summary>
/// <remarks>struct iommu_hwpt_selftest, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptSelftest
{
    /// <summary>What every entry of the mock translation cache starts as.</summary>
    public uint Iotlb;

    /// <summary>
    /// <see cref="IommufdTestUapi.MOCK_IOMMUPT_DEFAULT"/> or <see cref="IommufdTestUapi.MOCK_IOMMUPT_HUGE"/>: the page sizes of the
    /// mock table.
    /// </summary>
    public uint PagetableType;
}
