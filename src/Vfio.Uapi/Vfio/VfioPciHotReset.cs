using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_PCI_HOT_RESET"/>: resets the device by bus or slot. An array of 32-bit group descriptors
/// follows.
/// </summary>
/// <remarks>struct vfio_pci_hot_reset, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioPciHotReset
{
    /// <summary>Bytes of this struct and the array behind it.</summary>
    public uint Argsz;

    /// <summary>Zero.</summary>
    public uint Flags;

    /// <summary>
    /// How many descriptors follow: at least one for a device opened through a group, none for one opened by its own node.
    /// </summary>
    public uint Count;
}
