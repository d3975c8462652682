using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_info_dma_avail.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1InfoDmaAvail
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>avail.</summary>
    public uint Avail;
}
