using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// What <see cref="IommufdUapi.IOMMU_HWPT_ALLOC"/> needs for a guest page table of an AMD IOMMU
/// (<see cref="IommufdUapi.IOMMU_HWPT_DATA_AMD_GUEST"/>): the guest's device table entry. Since Linux 7.0.
/// </summary>
/// <remarks>struct iommu_hwpt_amd_guest, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptAmdGuest
{
    /// <summary>First 64 bits of the guest's device table entry.</summary>
    public ulong Dte0;

    /// <summary>Second 64 bits of the guest's device table entry.</summary>
    public ulong Dte1;

    /// <summary>Third 64 bits of the guest's device table entry.</summary>
    public ulong Dte2;

    /// <summary>Fourth 64 bits of the guest's device table entry.</summary>
    public ulong Dte3;
}
