using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_UNMAP"/>: takes whole mappings away. A range that would cut one in two is ENOENT.
/// </summary>
/// <remarks>struct iommu_ioas_unmap, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasUnmap
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The IOAS.</summary>
    public uint IoasId;

    /// <summary>First IOVA. Zero together with a length of <c>ulong.MaxValue</c> means everything.</summary>
    public ulong Iova;

    /// <summary>In: bytes of IOVA space. Out: bytes that had been mapped there.</summary>
    public ulong Length;
}
