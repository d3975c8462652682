using Vfio.SoftKernel.Kvm;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>What KVM may do with a file of a group or a device; vfio_file_is_valid says yes of these only. Linux: vfio_main.c vfio_file_*.</summary>
internal interface IVfioFile
{
    /// <summary>
    /// vfio_file_enforced_coherent: every device behind the file can be kept coherent by its IOMMU. What devices can do, not what they are attached to.
    /// </summary>
    bool EnforcesCoherency { get; }

    /// <summary>vfio_file_set_kvm: the virtual machine that devices opened from now on are for; null: none.</summary>
    void SetVirtualMachine(VirtualMachine? machine);
}
