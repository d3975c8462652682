using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>The vfio-pci driver: what the PCI bus calls as functions are bound and unbound. Linux: drivers/vfio/pci/vfio_pci.c.</summary>
internal sealed class VfioPciDriver(VfioModule module)
{
    /// <summary>VFIO.</summary>
    public VfioModule Module { get; } = module;

    /// <summary>
    /// vfio_pci_probe: gives the function to VFIO, which shows its nodes. EINVAL without an IOMMU group (unless no-IOMMU mode is on) and for a bridge.
    /// The caller has done <see cref="SoftDevice.BindDriver"/> before and undoes it on failure.
    /// </summary>
    public Errno Probe(SoftDevice device, PciModel model) => throw new NotImplementedException();

    /// <summary>
    /// vfio_pci_remove: takes the function back. As Linux does, blocks until the last file of the device is closed, asking the user through
    /// the release-request eventfd at once and then every ten seconds.
    /// </summary>
    public void Remove(SoftDevice device) => throw new NotImplementedException();

    /// <summary>
    /// The first half of <see cref="Remove"/>: no new opens, nodes gone, the user asked once. True when nobody has the device open any more:
    /// then it is already unregistered, else the last close does that.
    /// </summary>
    public bool BeginRemove(SoftDevice device) => throw new NotImplementedException();
}
