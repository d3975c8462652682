using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE"/>: tells the IOMMU that a page table the caller manages has changed.
/// </summary>
/// <remarks>struct iommu_hwpt_invalidate, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptInvalidate
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>A nested HWPT, or (Linux 6.13) a vIOMMU.</summary>
    public uint HwptId;

    /// <summary>Address of an array of requests.</summary>
    public ulong DataUptr;

    /// <summary>
    /// <see cref="IommufdUapi.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1"/> or
    /// <see cref="IommufdUapi.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3"/>.
    /// </summary>
    public uint DataType;

    /// <summary>Bytes of one request.</summary>
    public uint EntryLen;

    /// <summary>
    /// In: requests in the array; zero only asks whether the type is supported. Out, on failure too: requests carried out.
    /// </summary>
    public uint EntryNum;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
