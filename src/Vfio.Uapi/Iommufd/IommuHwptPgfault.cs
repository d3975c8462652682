using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>An I/O page fault, as read from a fault queue's descriptor.</summary>
/// <remarks>struct iommu_hwpt_pgfault, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptPgfault
{
    /// <summary>IOMMU_PGFAULT_FLAGS_*.</summary>
    public uint Flags;

    /// <summary>The bound device that faulted.</summary>
    public uint DevId;

    /// <summary>Its PASID, if <see cref="IommufdUapi.IOMMU_PGFAULT_FLAGS_PASID_VALID"/> is set.</summary>
    public uint Pasid;

    /// <summary>The device's page request group. All faults of a group are answered together.</summary>
    public uint Grpid;

    /// <summary>IOMMU_PGFAULT_PERM_*: the access that was asked for.</summary>
    public uint Perm;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>The address that was not mapped.</summary>
    public ulong Addr;

    /// <summary>Bytes the device means to use, as a hint; 0 if it gave none.</summary>
    public uint Length;

    /// <summary>What the answer must repeat, valid in the last fault of a group.</summary>
    public uint Cookie;
}
