using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_set_dirty_tracking.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptSetDirtyTracking
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>hwpt_id.</summary>
    public uint HwptId;

    /// <summary>__reserved.</summary>
    public uint Reserved;
}
