using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_info_cap_migration.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoCapMigration
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>pgsize_bitmap.</summary>
    public ulong PgsizeBitmap;

    /// <summary>max_dirty_bitmap_size.</summary>
    public ulong MaxDirtyBitmapSize;
}
