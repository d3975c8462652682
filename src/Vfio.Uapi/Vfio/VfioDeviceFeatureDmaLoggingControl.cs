using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_START"/>: which IOVAs the device shall log its writes to.</summary>
/// <remarks>struct vfio_device_feature_dma_logging_control, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingControl
{
    /// <summary>In: bytes one logged unit should have. Out: what the device took.</summary>
    public ulong PageSize;

    /// <summary>Ranges in the array: at least 1, at most a page full (256).</summary>
    public uint NumRanges;

    /// <summary>Zero.</summary>
    public uint Reserved;

    /// <summary>Address of an array of <see cref="VfioDeviceFeatureDmaLoggingRange"/>.</summary>
    public ulong Ranges;
}
