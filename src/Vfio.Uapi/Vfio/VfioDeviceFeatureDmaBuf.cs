using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF"/>: exports parts of a BAR as dma-buf, so that another device can reach
/// them. The ioctl returns the descriptor. An array of <see cref="VfioRegionDmaRange"/> follows.
/// </summary>
/// <remarks>struct vfio_device_feature_dma_buf, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaBuf
{
    /// <summary>Which BAR, 0 to 5.</summary>
    public uint RegionIndex;

    /// <summary>O_RDWR, O_CLOEXEC and the like for the new descriptor.</summary>
    public uint OpenFlags;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>How many ranges follow.</summary>
    public uint NrRanges;
}
