namespace Vfio;

/// <summary>What opening as planned asks of the machine.</summary>
public sealed record PlanNeeds
{
    /// <summary>RLIMIT_MEMLOCK's soft limit in bytes: what this process may have mapped for DMA; null for no limit.</summary>
    public ulong? MemlockLimit { get; init; }

    /// <summary>Permissions that are missing, each with what grants it.</summary>
    public IReadOnlyList<string> Privileges { get; init; } = [];

    /// <summary>Functions to hand to vfio-pci (or release from their driver) first: the function itself, or group peers that hold the group back.</summary>
    public IReadOnlyList<PciAddress> ToBind { get; init; } = [];
}
