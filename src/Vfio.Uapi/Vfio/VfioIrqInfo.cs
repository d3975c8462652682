using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_GET_IRQ_INFO"/>: how many interrupts an index has and how they can be used.
/// </summary>
/// <remarks>struct vfio_irq_info, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIrqInfo
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_IRQ_INFO_*.</summary>
    public uint Flags;

    /// <summary>In: which kind of interrupt, for PCI VFIO_PCI_*_IRQ_INDEX.</summary>
    public uint Index;

    /// <summary>Set by the kernel: how many there are. 0 for a kind the device does not have.</summary>
    public uint Count;
}
