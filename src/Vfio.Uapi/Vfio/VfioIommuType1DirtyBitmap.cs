using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Head of <see cref="VfioUapi.VFIO_IOMMU_DIRTY_PAGES"/>: starts or stops logging, or asks for the log, in which case
/// <see cref="VfioIommuType1DirtyBitmapGet"/> follows.
/// </summary>
/// <remarks>struct vfio_iommu_type1_dirty_bitmap, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DirtyBitmap
{
    /// <summary>Bytes of this struct and the one behind it.</summary>
    public uint Argsz;

    /// <summary>Exactly one VFIO_IOMMU_DIRTY_PAGES_FLAG_*.</summary>
    public uint Flags;
}
