using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_VFIO_IOAS"/>: which IOAS the container calls of VFIO use when this iommufd stands in for a
/// container.
/// </summary>
/// <remarks>struct iommu_vfio_ioas, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVfioIoas
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>In for set, out for get. With no IOAS chosen, get is ENODEV.</summary>
    public uint IoasId;

    /// <summary>
    /// <see cref="IommufdUapi.IOMMU_VFIO_IOAS_GET"/>, <see cref="IommufdUapi.IOMMU_VFIO_IOAS_SET"/> or
    /// <see cref="IommufdUapi.IOMMU_VFIO_IOAS_CLEAR"/>.
    /// </summary>
    public ushort Op;

    /// <summary>Zero.</summary>
    public ushort Reserved;
}
