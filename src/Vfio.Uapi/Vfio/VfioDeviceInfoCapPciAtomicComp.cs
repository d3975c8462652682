using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_info_cap_pci_atomic_comp.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceInfoCapPciAtomicComp
{
    /// <summary>header.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>reserved.</summary>
    public uint Reserved;
}
