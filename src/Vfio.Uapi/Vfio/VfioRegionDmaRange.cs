using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_dma_range.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionDmaRange
{
    /// <summary>offset.</summary>
    public ulong Offset;

    /// <summary>length.</summary>
    public ulong Length;
}
