using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>A queue that hardware reads by itself out of a guest's memory. Linux: struct iommufd_hw_queue, drivers/iommu/iommufd/viommu.c.</summary>
internal sealed class HwQueue : KernelObject
{
    /// <summary>iommufd_hw_queue_destroy.</summary>
    internal override void OnDestroyed()
    {
    }
}
