using Vfio.Uapi;

namespace Vfio;

/// <summary>What a device wanted of an address that is not mapped; IOMMU_PGFAULT_PERM_*.</summary>
[Flags]
public enum IoPageAccess : uint
{
    /// <summary>It did not say.</summary>
    None = 0,

    /// <summary>To read.</summary>
    Read = IommufdUapi.IOMMU_PGFAULT_PERM_READ,

    /// <summary>To write.</summary>
    Write = IommufdUapi.IOMMU_PGFAULT_PERM_WRITE,

    /// <summary>To fetch instructions.</summary>
    Execute = IommufdUapi.IOMMU_PGFAULT_PERM_EXEC,

    /// <summary>In privileged mode.</summary>
    Privileged = IommufdUapi.IOMMU_PGFAULT_PERM_PRIV,
}
