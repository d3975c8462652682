using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_IOMMU_UNMAP_DMA"/>: takes mappings away. A <see cref="VfioBitmap"/> follows if dirty pages are
/// asked for.
/// </summary>
/// <remarks>struct vfio_iommu_type1_dma_unmap, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1DmaUnmap
{
    /// <summary>Bytes of this struct and of the bitmap struct behind it.</summary>
    public uint Argsz;

    /// <summary>VFIO_DMA_UNMAP_FLAG_* or zero.</summary>
    public uint Flags;

    /// <summary>First IOVA.</summary>
    public ulong Iova;

    /// <summary>In: bytes of IOVA space. Out: bytes that had been mapped there.</summary>
    public ulong Size;
}
