using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_VIOMMU_ALLOC"/>: makes a virtual IOMMU, a slice of a physical one for the use of one
/// virtual machine.
/// </summary>
/// <remarks>struct iommu_viommu_alloc, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>IOMMU_VIOMMU_TYPE_*; <see cref="IommufdUapi.IOMMU_VIOMMU_TYPE_DEFAULT"/> is not one of them.</summary>
    public uint Type;

    /// <summary>A bound device; its IOMMU is the one to slice.</summary>
    public uint DevId;

    /// <summary>A HWPT made with <see cref="IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT"/>.</summary>
    public uint HwptId;

    /// <summary>Set by the kernel: the id of the vIOMMU.</summary>
    public uint OutViommuId;

    /// <summary>Bytes of the type's own data; zero when it has none. Since Linux 6.17.</summary>
    public uint DataLen;

    /// <summary>Zero by contract; the kernel does not look.</summary>
    public uint Reserved;

    /// <summary>Address of the type's own data. Since Linux 6.17.</summary>
    public ulong DataUptr;
}
