using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_SET_IRQS"/>: connects interrupts with eventfds, masks, unmasks or triggers them. One
/// byte or one 32-bit descriptor for each interrupt follows, as the flags say.
/// </summary>
/// <remarks>struct vfio_irq_set, 20 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIrqSet
{
    /// <summary>Bytes of this struct and the data behind it.</summary>
    public uint Argsz;

    /// <summary>One VFIO_IRQ_SET_DATA_* and one VFIO_IRQ_SET_ACTION_*.</summary>
    public uint Flags;

    /// <summary>Which kind of interrupt.</summary>
    public uint Index;

    /// <summary>First interrupt of that kind.</summary>
    public uint Start;

    /// <summary>
    /// How many. 0 with <see cref="VfioUapi.VFIO_IRQ_SET_DATA_NONE"/> and <see cref="VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER"/> switches
    /// the whole kind off.
    /// </summary>
    public uint Count;
}
