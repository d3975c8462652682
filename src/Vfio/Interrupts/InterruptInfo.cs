using Vfio.Uapi;

namespace Vfio;

/// <summary>What VFIO_DEVICE_GET_IRQ_INFO says of one kind of interrupt.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Count">How many vectors; 0 where the device has none of this kind.</param>
/// <param name="Flags">VFIO_IRQ_INFO_* bits.</param>
public sealed record InterruptInfo(InterruptKind Kind, int Count, uint Flags)
{
    /// <summary>Whether it can be masked and unmasked.</summary>
    public bool IsMaskable => (Flags & VfioUapi.VFIO_IRQ_INFO_MASKABLE) != 0;

    /// <summary>Whether the kernel masks it as it fires.</summary>
    public bool IsAutomasked => (Flags & VfioUapi.VFIO_IRQ_INFO_AUTOMASKED) != 0;

    /// <summary>Whether the number of vectors is fixed once enabled.</summary>
    public bool IsFixedSize => (Flags & VfioUapi.VFIO_IRQ_INFO_NORESIZE) != 0;
}
