using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_HWPT_ALLOC"/>: makes an I/O page table by hand. From an IOAS it holds the mappings of that
/// IOAS; from a nesting parent or a vIOMMU it is one the caller fills itself.
/// </summary>
/// <remarks>struct iommu_hwpt_alloc, 48 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>IOMMU_HWPT_ALLOC_* and <see cref="IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID"/>.</summary>
    public uint Flags;

    /// <summary>The bound device whose IOMMU decides format, page sizes and cache coherency.</summary>
    public uint DevId;

    /// <summary>The IOAS, the parent HWPT, or (Linux 6.13) the vIOMMU to build on.</summary>
    public uint PtId;

    /// <summary>Set by the kernel: the id of the new HWPT.</summary>
    public uint OutHwptId;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>
    /// IOMMU_HWPT_DATA_*: what the data describes. <see cref="IommufdUapi.IOMMU_HWPT_DATA_NONE"/> for a table from an IOAS. Since Linux
    /// 6.7.
    /// </summary>
    public uint DataType;

    /// <summary>Bytes of the data; zero when there is none. Since Linux 6.7.</summary>
    public uint DataLen;

    /// <summary>Address of the data. Since Linux 6.7.</summary>
    public ulong DataUptr;

    /// <summary>
    /// The fault queue that I/O page faults of this table go to, if <see cref="IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID"/> is set. Since
    /// Linux 6.11.
    /// </summary>
    public uint FaultId;

    /// <summary>Zero.</summary>
    public uint Reserved2;
}
