namespace Vfio;

/// <summary>A queue in a guest's memory that the hardware works on by itself (IOMMU_HW_QUEUE_ALLOC). Keeps that memory mapped.</summary>
public sealed class HardwareQueue : IommufdObject
{
    internal HardwareQueue(VirtualIommu iommu, uint id, uint index)
        : base(iommu.Context, id)
    {
        Iommu = iommu;
        Index = index;
    }

    /// <summary>The vIOMMU; not owned.</summary>
    public VirtualIommu Iommu { get; }

    /// <summary>Which of its kind.</summary>
    public uint Index { get; }
}
