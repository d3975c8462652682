using Vfio.SoftKernel.IommuCore;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>What one iommufd knows of an IOMMU group: its devices share one page table. Linux: struct iommufd_group.</summary>
/// <param name="group">The group.</param>
internal sealed class IommufdGroup(IommuGroup group)
{
    /// <summary>The group.</summary>
    public IommuGroup Group { get; } = group;

    /// <summary>igroup->lock.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Devices bound here; the entry of the iommufd's list goes with the last.</summary>
    public int Bound { get; set; }

    /// <summary>What is attached, by PASID; 0 (IOMMU_NO_PASID) for requests without one. Under <see cref="Lock"/>. Linux: pasid_attach.</summary>
    public Dictionary<uint, GroupAttachment> Attachments { get; } = [];
}
