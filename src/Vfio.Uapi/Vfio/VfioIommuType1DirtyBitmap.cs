using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_dirty_bitmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DirtyBitmap
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;
}
