using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="IommufdUapi.IOMMU_IOAS_MAP"/>: gives the caller's memory an IOVA in an IOAS.</summary>
/// <remarks>struct iommu_ioas_map, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasMap
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>
    /// <see cref="IommufdUapi.IOMMU_IOAS_MAP_READABLE"/> or <see cref="IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE"/> or both, and
    /// <see cref="IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA"/> to name the IOVA.
    /// </summary>
    public uint Flags;

    /// <summary>The IOAS.</summary>
    public uint IoasId;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Address of the first byte in the calling process.</summary>
    public ulong UserVa;

    /// <summary>Bytes, a multiple of the IOAS's alignment.</summary>
    public ulong Length;

    /// <summary>
    /// In with <see cref="IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA"/>: where to map; a range in use is EEXIST. Out: where the mapping is.
    /// </summary>
    public ulong Iova;
}
