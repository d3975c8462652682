namespace Vfio;

/// <summary>Something in use on a function that taking its driver away would break.</summary>
/// <param name="Function">The function.</param>
/// <param name="What">What was found, named: "mounted file system / on /dev/nvme0n1p2".</param>
public sealed record BindingHazard(PciAddress Function, string What);
