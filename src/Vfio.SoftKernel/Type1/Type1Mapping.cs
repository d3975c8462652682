using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Type1;

/// <summary>One VFIO_IOMMU_MAP_DMA, pinned. Linux: struct vfio_dma.</summary>
/// <param name="Iova">First I/O address.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Backing">The memory, with a reference of this mapping's.</param>
/// <param name="Offset">Where it stands in the backing.</param>
/// <param name="Access">What a device may do.</param>
internal sealed record Type1Mapping(ulong Iova, ulong Size, DmaBacking Backing, ulong Offset, DmaAccess Access)
{
    /// <summary>Last I/O address.</summary>
    public ulong Last => Iova + Size - 1;

    /// <summary>dma->mm: the process that gave the address.</summary>
    public required UserMemory Owner { get; set; }

    /// <summary>Whose locked memory it is charged to; null: nobody's.</summary>
    public MemlockAccount? Account { get; set; }

    /// <summary>dma->bitmap: there while dirty pages are tracked.</summary>
    public ulong[] Dirty { get; set; } = [];

    /// <summary>VFIO_DMA_UNMAP_FLAG_VADDR has taken the address away; the pages stay pinned.</summary>
    public bool AddressInvalid { get; set; }
}
