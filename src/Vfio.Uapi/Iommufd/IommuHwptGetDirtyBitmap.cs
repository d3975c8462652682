using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_get_dirty_bitmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptGetDirtyBitmap
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>hwpt_id.</summary>
    public uint HwptId;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>length.</summary>
    public ulong Length;

    /// <summary>page_size.</summary>
    public ulong PageSize;

    /// <summary>data.</summary>
    public ulong Data;
}
