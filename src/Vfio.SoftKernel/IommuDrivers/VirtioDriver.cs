namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>virtio-iommu: plain page tables and nothing else. Linux: drivers/iommu/virtio-iommu.c.</summary>
internal sealed class VirtioDriver : IommuDriver
{
    public override bool TakesPagingFlags => false;
}
