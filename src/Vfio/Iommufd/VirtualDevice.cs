namespace Vfio;

/// <summary>A device as a guest knows it behind a <see cref="VirtualIommu"/> (IOMMU_VDEVICE_ALLOC). Goes with the device, too: its id then stays unused until the iommufd closes.</summary>
public sealed class VirtualDevice : IommufdObject
{
    internal VirtualDevice(VirtualIommu iommu, uint id, uint deviceId, ulong virtualId)
        : base(iommu.Context, id)
    {
        Iommu = iommu;
        DeviceId = deviceId;
        VirtualId = virtualId;
    }

    /// <summary>The vIOMMU; not owned.</summary>
    public VirtualIommu Iommu { get; }

    /// <summary>The device's id in the iommufd.</summary>
    public uint DeviceId { get; }

    /// <summary>The guest's id of it.</summary>
    public ulong VirtualId { get; }
}
