using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>A range of IOVAs to log.</summary>
/// <remarks>struct vfio_device_feature_dma_logging_range, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingRange
{
    /// <summary>The first address.</summary>
    public ulong Iova;

    /// <summary>Bytes.</summary>
    public ulong Length;
}
