using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Capability <see cref="VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION"/>: the container can log which pages devices write. Since Linux
/// 5.8.
/// </summary>
/// <remarks>struct vfio_iommu_type1_info_cap_migration, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoCapMigration
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>Not used.</summary>
    public uint Flags;

    /// <summary>The page sizes that can be logged, each a bit of its value.</summary>
    public ulong PgsizeBitmap;

    /// <summary>The most bytes of bitmap that can be read at a time.</summary>
    public ulong MaxDirtyBitmapSize;
}
