using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_MAP_FILE"/>: gives a part of a file an IOVA. The file is a memfd (shmem or hugetlb) or
/// a dma-buf that a VFIO device exported. Since Linux 6.13; dma-bufs since 6.19.
/// </summary>
/// <remarks>struct iommu_ioas_map_file, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasMapFile
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>As in <see cref="IommuIoasMap"/>.</summary>
    public uint Flags;

    /// <summary>The IOAS.</summary>
    public uint IoasId;

    /// <summary>The file's descriptor.</summary>
    public int Fd;

    /// <summary>Offset of the first byte in the file.</summary>
    public ulong Start;

    /// <summary>Bytes, a multiple of the IOAS's alignment.</summary>
    public ulong Length;

    /// <summary>In with <see cref="IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA"/>: where to map. Out: where the mapping is.</summary>
    public ulong Iova;
}
