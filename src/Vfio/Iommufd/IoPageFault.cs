using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A device touched an address that its page table does not map, and waits (struct iommu_hwpt_pgfault). Faults come in groups; the last one's <see cref="Cookie"/> answers the group.
/// </summary>
/// <param name="DeviceId">The device's id in the iommufd.</param>
/// <param name="Pasid">The PASID it used; null for none.</param>
/// <param name="Group">The device's number for the group.</param>
/// <param name="Access">What it wants to do.</param>
/// <param name="Address">The address.</param>
/// <param name="Length">How many bytes it means to use, as a hint; 0 for none.</param>
/// <param name="Cookie">What the answer repeats; valid in the last of a group.</param>
/// <param name="IsLast">Whether it is the last of its group.</param>
public readonly record struct IoPageFault(
    uint DeviceId,
    uint? Pasid,
    uint Group,
    IoPageAccess Access,
    ulong Address,
    uint Length,
    uint Cookie,
    bool IsLast)
{
    internal static IoPageFault From(in IommuHwptPgfault fault) => new(
        fault.DevId,
        (fault.Flags & IommufdUapi.IOMMU_PGFAULT_FLAGS_PASID_VALID) != 0 ? fault.Pasid : null,
        fault.Grpid,
        (IoPageAccess)fault.Perm,
        fault.Addr,
        fault.Length,
        fault.Cookie,
        (fault.Flags & IommufdUapi.IOMMU_PGFAULT_FLAGS_LAST_PAGE) != 0);
}
