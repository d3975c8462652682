using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceInfo
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>num_regions.</summary>
    public uint NumRegions;

    /// <summary>num_irqs.</summary>
    public uint NumIrqs;

    /// <summary>cap_offset.</summary>
    public uint CapOffset;

    /// <summary>pad.</summary>
    public uint Pad;
}
