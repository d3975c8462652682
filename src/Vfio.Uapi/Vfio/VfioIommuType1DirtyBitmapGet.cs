using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>What follows <see cref="VfioIommuType1DirtyBitmap"/> to ask for the log.</summary>
/// <remarks>struct vfio_iommu_type1_dirty_bitmap_get, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DirtyBitmapGet
{
    /// <summary>First IOVA.</summary>
    public ulong Iova;

    /// <summary>Bytes of IOVA space.</summary>
    public ulong Size;

    /// <summary>Where the log goes.</summary>
    public VfioBitmap Bitmap;
}
