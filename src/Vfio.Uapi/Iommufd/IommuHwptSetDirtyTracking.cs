using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING"/>: starts or stops recording which pages devices write through a
/// HWPT.
/// </summary>
/// <remarks>struct iommu_hwpt_set_dirty_tracking, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptSetDirtyTracking
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>
    /// <see cref="IommufdUapi.IOMMU_HWPT_DIRTY_TRACKING_ENABLE"/> to start, zero to stop. Starting forgets what was recorded before.
    /// </summary>
    public uint Flags;

    /// <summary>The HWPT, made from an IOAS with <see cref="IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING"/>.</summary>
    public uint HwptId;

    /// <summary>Zero by contract; the kernel does not look.</summary>
    public uint Reserved;
}
