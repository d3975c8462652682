using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_dma_unmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DmaUnmap
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>size.</summary>
    public ulong Size;
}
