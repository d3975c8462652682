using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuCore;

/// <summary>
/// Functions that an IOMMU cannot tell apart: they share one domain and one DMA owner. Linux: drivers/iommu/iommu.c, struct iommu_group.
/// </summary>
/// <remarks>Its lock is a leaf of the soft kernel's order: nothing else is taken under it.</remarks>
internal sealed class IommuGroup(int id)
{
    private readonly Lock _lock = new();
    private readonly List<SoftDevice> _devices = [];

    /// <summary>The number in /sys/kernel/iommu_groups and /dev/vfio.</summary>
    public int Id { get; } = id;

    /// <summary>Its functions. Fixed once the machine is built.</summary>
    public IReadOnlyList<SoftDevice> Devices => _devices;

    /// <summary>iommu_group_dma_owner_claimed: a driver or user space holds its DMA.</summary>
    public bool IsDmaOwnerClaimed => throw new NotImplementedException();

    /// <summary>iommu_group_has_isolated_msi: every function's.</summary>
    public bool HasIsolatedMsi => throw new NotImplementedException();

    /// <summary>The domain user space attached; null: default or blocking.</summary>
    public IommuDomain? Domain => throw new NotImplementedException();

    /// <summary>iommu_group_add_device, as the machine is built.</summary>
    public void Add(SoftDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            _devices.Add(device);
            device.Group = this;
        }
    }

    /// <summary>iommu_device_use_default_domain: a kernel driver takes the group; EBUSY when user space has it.</summary>
    public Errno UseDefaultDomain() => throw new NotImplementedException();

    /// <summary>iommu_device_unuse_default_domain.</summary>
    public void UnuseDefaultDomain() => throw new NotImplementedException();

    /// <summary>iommu_group_claim_dma_owner (the legacy container): EPERM when anybody holds it, EBUSY under a foreign domain. DMA is then blocked.</summary>
    public Errno ClaimDmaOwner(object owner) => throw new NotImplementedException();

    /// <summary>iommu_device_claim_dma_owner (iommufd): the same owner may claim once more for each device; EPERM for another.</summary>
    public Errno ClaimDeviceDmaOwner(object owner) => throw new NotImplementedException();

    /// <summary>iommu_group_release_dma_owner and iommu_device_release_dma_owner: the last gives the group back to its default domain.</summary>
    public void ReleaseDmaOwner(object owner) => throw new NotImplementedException();

    /// <summary>iommu_attach_group: every function's DMA goes through <paramref name="domain"/>. EBUSY when another is attached, EINVAL when a function's IOMMU refuses it.</summary>
    public Errno AttachDomain(IommuDomain domain) => throw new NotImplementedException();

    /// <summary>iommu_replace_group_handle: as attach, in one step from the domain attached now.</summary>
    public Errno ReplaceDomain(IommuDomain domain) => throw new NotImplementedException();

    /// <summary>iommu_detach_group: back to blocking while owned, else to the default domain.</summary>
    public void DetachDomain() => throw new NotImplementedException();
}
