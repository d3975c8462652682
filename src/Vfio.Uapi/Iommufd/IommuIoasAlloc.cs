using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_IOAS_ALLOC"/>: makes an I/O address space, a set of IOVA-to-memory mappings that devices
/// can be attached to.
/// </summary>
/// <remarks>struct iommu_ioas_alloc, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>Set by the kernel: the id of the new IOAS.</summary>
    public uint OutIoasId;
}
