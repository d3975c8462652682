using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_IOVA_RANGES"/>: the IOVAs that devices attached now leave free for mappings. Attaching
/// a device can narrow them, detaching can widen them.
/// </summary>
/// <remarks>struct iommu_ioas_iova_ranges, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasIovaRanges
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The IOAS.</summary>
    public uint IoasId;

    /// <summary>
    /// In: how many ranges fit in the array. Out: how many there are. Too small an array is EMSGSIZE, with this count set and as many
    /// ranges written as fit.
    /// </summary>
    public uint NumIovas;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Address of an array of <see cref="IommuIovaRange"/>, ascending.</summary>
    public ulong AllowedIovas;

    /// <summary>
    /// Set by the kernel: the power of two, in bytes, that the start, end and page offset of a mapping must keep. From 1 (no device
    /// yet) up to the page size.
    /// </summary>
    public ulong OutIovaAlignment;
}
