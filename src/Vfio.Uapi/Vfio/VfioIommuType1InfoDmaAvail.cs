using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Capability <see cref="VfioUapi.VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL"/>: how many more mappings the container takes. Since Linux 5.10.
/// </summary>
/// <remarks>struct vfio_iommu_type1_info_dma_avail, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoDmaAvail
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>Mappings left. An iommufd in a container's place says <c>uint.MaxValue</c>.</summary>
    public uint Avail;
}
