using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>A range of I/O virtual addresses. Both ends belong to it.</summary>
/// <remarks>struct iommu_iova_range, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIovaRange
{
    /// <summary>The first address.</summary>
    public ulong Start;

    /// <summary>The last address, inclusive: a range up to the top of the space is representable.</summary>
    public ulong Last;
}
