using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Capability <see cref="VfioUapi.VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP"/>: which PCIe atomic operations of the device the root complex
/// completes. Since Linux 6.5.
/// </summary>
/// <remarks>struct vfio_device_info_cap_pci_atomic_comp, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceInfoCapPciAtomicComp
{
    /// <summary>Id and chain.</summary>
    public VfioInfoCapHeader Header;

    /// <summary>VFIO_PCI_ATOMIC_COMP*: supported widths.</summary>
    public uint Flags;

    /// <summary>Not used.</summary>
    public uint Reserved;
}
