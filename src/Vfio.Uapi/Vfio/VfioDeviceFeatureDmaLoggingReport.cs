using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_dma_logging_report.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingReport
{
    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>length.</summary>
    public ulong Length;

    /// <summary>page_size.</summary>
    public ulong PageSize;

    /// <summary>bitmap.</summary>
    public ulong Bitmap;
}
