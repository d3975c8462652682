using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_GET_HW_INFO"/> writes for a mock device
/// (<see cref="IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST"/>).
/// </summary>
/// <remarks>struct iommu_test_hw_info, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuTestHwInfo
{
    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary><see cref="IommufdTestUapi.IOMMU_HW_INFO_SELFTEST_REGVAL"/>.</summary>
    public uint TestReg;
}
