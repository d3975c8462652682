using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_dma_logging_range.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingRange
{
    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>length.</summary>
    public ulong Length;
}
