using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>A part of a region to export as dma-buf.</summary>
/// <remarks>struct vfio_region_dma_range, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionDmaRange
{
    /// <summary>Where it begins in the region, in bytes; page aligned.</summary>
    public ulong Offset;

    /// <summary>Bytes, whole pages.</summary>
    public ulong Length;
}
