using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT"/>: which units were written. What is reported is cleared.
/// </summary>
/// <remarks>struct vfio_device_feature_dma_logging_report, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingReport
{
    /// <summary>First IOVA, which the first bit of the bitmap stands for.</summary>
    public ulong Iova;

    /// <summary>Bytes of IOVA space.</summary>
    public ulong Length;

    /// <summary>Bytes that one bit stands for: a power of two, at least 4096.</summary>
    public ulong PageSize;

    /// <summary>Address of an array of 64-bit words. The kernel sets bits and clears none.</summary>
    public ulong Bitmap;
}
