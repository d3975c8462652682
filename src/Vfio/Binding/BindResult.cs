namespace Vfio;

/// <summary>A function that is bound to vfio-pci now.</summary>
/// <param name="Function">The function as it is now.</param>
/// <param name="Blockers">Peers of its group that still keep the group from being viable, each with its driver. Empty where it can be opened.</param>
/// <param name="Overridden">Hazards that were found and gone over by force.</param>
public sealed record BindResult(PciFunction Function, IReadOnlyList<PciFunction> Blockers, IReadOnlyList<BindingHazard> Overridden);
