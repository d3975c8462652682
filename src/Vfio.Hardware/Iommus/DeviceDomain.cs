namespace Vfio.Hardware.Iommus;

/// <summary>What a device's requests go through: a page table, or a first stage of translation above one. Linux: struct iommu_domain.</summary>
public abstract class DeviceDomain
{
    private protected DeviceDomain(IommuUnit unit) => Unit = unit;

    /// <summary>The unit it was made for.</summary>
    public IommuUnit Unit { get; }

    /// <summary>Page requests of devices attached to it find somebody who answers them. Linux: iommu_domain.iopf_handler.</summary>
    public bool AnswersPageRequests { get; set; }
}
