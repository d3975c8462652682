using Vfio.Uapi;

namespace Vfio;

/// <summary>A function's kinds of interrupt: VFIO's irq indexes of PCI.</summary>
public enum InterruptKind
{
    /// <summary>The pin. Masked by the kernel as it fires: <see cref="InterruptSet.Unmask"/> lets the next one through.</summary>
    Intx = (int)VfioUapi.VFIO_PCI_INTX_IRQ_INDEX,

    /// <summary>Message signalled, up to 32 vectors.</summary>
    Msi = (int)VfioUapi.VFIO_PCI_MSI_IRQ_INDEX,

    /// <summary>Message signalled, up to 2048 vectors.</summary>
    Msix = (int)VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX,

    /// <summary>The kernel met an uncorrectable error of the device (AER): <see cref="VfioDevice.ErrorOccurred"/>.</summary>
    Error = (int)VfioUapi.VFIO_PCI_ERR_IRQ_INDEX,

    /// <summary>The kernel wants the device back: <see cref="VfioDevice.ReleaseRequested"/>.</summary>
    Request = (int)VfioUapi.VFIO_PCI_REQ_IRQ_INDEX,
}
