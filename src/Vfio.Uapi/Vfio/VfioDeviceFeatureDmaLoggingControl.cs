using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_dma_logging_control.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaLoggingControl
{
    /// <summary>page_size.</summary>
    public ulong PageSize;

    /// <summary>num_ranges.</summary>
    public uint NumRanges;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>ranges.</summary>
    public ulong Ranges;
}
