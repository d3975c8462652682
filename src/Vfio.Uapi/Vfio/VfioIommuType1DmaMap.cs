using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="VfioUapi.VFIO_IOMMU_MAP_DMA"/>: gives the caller's memory an IOVA in the container.</summary>
/// <remarks>struct vfio_iommu_type1_dma_map, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DmaMap
{
    /// <summary>Bytes of this struct.</summary>
    public uint Argsz;

    /// <summary>
    /// <see cref="VfioUapi.VFIO_DMA_MAP_FLAG_READ"/> or <see cref="VfioUapi.VFIO_DMA_MAP_FLAG_WRITE"/> or both; or
    /// <see cref="VfioUapi.VFIO_DMA_MAP_FLAG_VADDR"/> alone, to give an existing mapping its memory's new address.
    /// </summary>
    public uint Flags;

    /// <summary>Address of the first byte in the calling process; page aligned.</summary>
    public ulong Vaddr;

    /// <summary>Where to map; page aligned.</summary>
    public ulong Iova;

    /// <summary>Bytes, whole pages.</summary>
    public ulong Size;
}
