using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// A range of I/O virtual addresses in a capability of <see cref="VfioUapi.VFIO_IOMMU_GET_INFO"/>. Both ends belong to it.
/// </summary>
/// <remarks>struct vfio_iova_range, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIovaRange
{
    /// <summary>The first address.</summary>
    public ulong Start;

    /// <summary>The last address, inclusive.</summary>
    public ulong End;
}
