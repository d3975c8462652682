namespace Vfio.SoftKernel.VfioPci;

/// <summary>The interrupt in use; one at a time. The values are the uAPI's indices.</summary>
internal enum VfioPciIrqType
{
    /// <summary>VFIO_PCI_INTX_IRQ_INDEX.</summary>
    Intx = 0,

    /// <summary>VFIO_PCI_MSI_IRQ_INDEX.</summary>
    Msi = 1,

    /// <summary>VFIO_PCI_MSIX_IRQ_INDEX.</summary>
    Msix = 2,

    /// <summary>None: VFIO_PCI_NUM_IRQS, as the kernel has it.</summary>
    None = 5,
}
