using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>What a controller says of itself.</summary>
/// <param name="Address">Where it stands.</param>
/// <param name="Interface">How it was opened.</param>
/// <param name="Identity">Who it is.</param>
/// <param name="Version">The version of the specification it keeps.</param>
/// <param name="Limits">What its queues can be.</param>
/// <param name="Namespaces">The active ones.</param>
internal sealed record IdentifyReport(
    PciAddress Address, VfioInterface Interface, NvmeIdentity Identity, Version Version, NvmeLimits Limits, IReadOnlyList<NamespaceReport> Namespaces);
