using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdUapi.IOMMU_VEVENTQ_ALLOC"/>: makes a queue for the events of a vIOMMU, one for each type.
/// </summary>
/// <remarks>struct iommu_veventq_alloc, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVeventqAlloc
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Size;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>The vIOMMU.</summary>
    public uint ViommuId;

    /// <summary>IOMMU_VEVENTQ_TYPE_*; <see cref="IommufdUapi.IOMMU_VEVENTQ_TYPE_DEFAULT"/> is not one of them.</summary>
    public uint Type;

    /// <summary>How many events the queue holds before it loses some: 1 to 2^19.</summary>
    public uint VeventqDepth;

    /// <summary>Set by the kernel: the id of the queue.</summary>
    public uint OutVeventqId;

    /// <summary>Set by the kernel: its descriptor, which the caller closes.</summary>
    public int OutVeventqFd;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
