using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_dirty_bitmap_get.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DirtyBitmapGet
{
    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>size.</summary>
    public ulong Size;

    /// <summary>bitmap.</summary>
    public VfioBitmap Bitmap;
}
