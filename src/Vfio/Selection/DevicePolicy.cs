namespace Vfio;

/// <summary>What the caller allows.</summary>
/// <param name="Interface">Which interface; an explicit one is never changed.</param>
/// <param name="NonCoherentDma">What to do where coherency is not enforced.</param>
public sealed record DevicePolicy(
    InterfaceChoice Interface = InterfaceChoice.Auto,
    NonCoherentDma NonCoherentDma = NonCoherentDma.Allow);
