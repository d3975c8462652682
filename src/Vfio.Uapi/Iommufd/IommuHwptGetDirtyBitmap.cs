using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP"/>: which pages of a range were written by devices.</summary>
/// <remarks>struct iommu_hwpt_get_dirty_bitmap, 48 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptGetDirtyBitmap
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>The HWPT.</summary>
    public uint HwptId;

    /// <summary><see cref="IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR"/> or zero. Without it what is read is also cleared.</summary>
    public uint Flags;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>First IOVA, which the first bit of the bitmap stands for.</summary>
    public ulong Iova;

    /// <summary>Bytes of IOVA space.</summary>
    public ulong Length;

    /// <summary>Bytes that one bit stands for; a power of two.</summary>
    public ulong PageSize;

    /// <summary>Address of the bitmap. The kernel sets bits and clears none.</summary>
    public ulong Data;
}
