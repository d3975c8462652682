namespace Vfio;

/// <summary>Everything the choice of an interface depends on, gathered without opening anything.</summary>
public sealed record DeviceFacts
{
    /// <summary>The function.</summary>
    public required PciFunction Function { get; init; }

    /// <summary>Its IOMMU group with all its functions; null where no IOMMU covers it.</summary>
    public IommuGroup? Group { get; init; }

    /// <summary>Whether an IOMMU is at work on this machine.</summary>
    public required IommuStatus IommuStatus { get; init; }

    /// <summary>What <see cref="IommuStatus"/> rests on.</summary>
    public string IommuEvidence { get; init; } = string.Empty;

    /// <summary>What sysfs lets one expect, or what the kernel confirmed.</summary>
    public required CoherencyVerdict Coherency { get; init; }

    /// <summary>Whether interrupt messages are isolated.</summary>
    public MsiIsolation MsiIsolation { get; init; }

    /// <summary>What <see cref="MsiIsolation"/> rests on.</summary>
    public string MsiIsolationEvidence { get; init; } = string.Empty;

    /// <summary>iommufd's allow_unsafe_interrupts; null where the parameter is not there.</summary>
    public bool? IommufdAllowsUnsafeInterrupts { get; init; }

    /// <summary>vfio_iommu_type1's allow_unsafe_interrupts; null where the parameter is not there.</summary>
    public bool? Type1AllowsUnsafeInterrupts { get; init; }

    /// <summary>RLIMIT_MEMLOCK's soft limit in bytes; null for no limit, or for a process that CAP_IPC_LOCK frees of it.</summary>
    public ulong? MemlockLimit { get; init; }
}
