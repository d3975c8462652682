using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_dma_map.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DmaMap
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>vaddr.</summary>
    public ulong Vaddr;

    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>size.</summary>
    public ulong Size;
}
