namespace Vfio;

/// <summary>A function that a hot reset touches.</summary>
/// <param name="Address">The function.</param>
/// <param name="GroupId">Its IOMMU group, where the asking device was opened by group; else null.</param>
/// <param name="DeviceId">Its id in the asking device's iommufd, where it is bound there; else null.</param>
/// <param name="IsOwned">
/// Whether it stands in nobody's way: it is bound to the same iommufd, or shares its group with one that is. Null where the asking device was opened by group.
/// </param>
public sealed record HotResetFunction(PciAddress Address, int? GroupId, uint? DeviceId, bool? IsOwned);
