using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_feature_dma_buf.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceFeatureDmaBuf
{
    /// <summary>region_index.</summary>
    public uint RegionIndex;

    /// <summary>open_flags.</summary>
    public uint OpenFlags;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>nr_ranges.</summary>
    public uint NrRanges;
}
