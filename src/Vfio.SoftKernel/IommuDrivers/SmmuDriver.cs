using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>ARM SMMUv3: first stages only in vIOMMUs. Linux: drivers/iommu/arm/arm-smmu-v3. Nothing of it can be recorded on x86.</summary>
internal sealed class SmmuDriver : IommuDriver
{
    private const uint FirstStage = 1 << 1;
    private const uint BothStages = FirstStage | 1;
    private const uint ForceWriteBack = 1 << 8;
    private const uint HardwareUpdates = 3 << 6;
    private const uint HardwareDirty = 2 << 6;

    public override bool AttachesPasids => true;

    /// <summary>arm_smmu_domain_alloc_paging_flags: a parent is nothing else, and needs both stages; the others are first stages.</summary>
    public override Errno AllocatePaging(SoftDevice device, uint flags, UserData data, out IommuDomain? domain)
    {
        const uint Parent = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT;
        const uint Dirty = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        const uint Pasid = IommufdUapi.IOMMU_HWPT_ALLOC_PASID;
        domain = null;
        uint stages = device.Unit!.Idr[0];
        bool known = flags switch
        {
            0 => true,
            Parent => (stages & BothStages) == BothStages,
            Dirty or (Dirty | Pasid) or Pasid => (stages & FirstStage) != 0,
            _ => false,
        };
        return !known || data.IsPresent ? Errno.EOPNOTSUPP : base.AllocatePaging(device, flags, data, out domain);
    }

    /// <summary>arm_smmu_get_viommu_size: both stages, and a second that keeps the guest from bypassing caches (S2FWB).</summary>
    public override bool HasViommu(SoftDevice device, uint type)
        => type == IommufdUapi.IOMMU_VIOMMU_TYPE_ARM_SMMUV3
            && (device.Unit!.Idr[0] & BothStages) == BothStages
            && (device.Unit.Idr[3] & ForceWriteBack) != 0;

    /// <summary>arm_vsmmu_init: the parent was made for the same unit. It takes no data, and looks at none.</summary>
    public override Errno CreateViommu(ViommuSetup setup, UserData data, out ViommuDriver? viommu)
    {
        viommu = setup.Parent.Unit == setup.Device.Unit ? new SmmuViommu(setup.Viommu) : null;
        return viommu is null ? Errno.EINVAL : Errno.None;
    }

    /// <summary>arm_smmu_attach_dev, arm_smmu_attach_dev_nested, arm_smmu_attach_prepare_vmaster: a first stage that translates wants a vDEVICE (ENOENT).</summary>
    public override Errno Attach(SoftDevice device, DeviceDomain domain)
    {
        if (domain.Unit != device.Unit)
        {
            return Errno.EINVAL;
        }

        return domain is SmmuNestedDomain { Config: SmmuNestedDomain.Translate } nested ? ((Iommufd.Viommu)nested.Viommu).FindVirtualId(device, out _) : Errno.None;
    }

    /// <summary>arm_smmu_dbm_capable.</summary>
    public override bool TracksDirtyPages(SoftDevice device) => (device.Unit!.Idr[0] & HardwareUpdates) >= HardwareDirty;

    /// <summary>arm_smmu_hw_info.</summary>
    public override Errno DescribeHardware(SoftDevice device, ref uint type, Span<byte> data, out int length)
    {
        length = 0;
        if (type is not (IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT or IommufdUapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3))
        {
            return Errno.EOPNOTSUPP;
        }

        IReadOnlyList<uint> idr = device.Unit!.Idr;
        IommuHwInfoArmSmmuv3 info = new()
        {
            Idr0 = idr[0],
            Idr1 = idr[1],
            Idr2 = idr[2],
            Idr3 = idr[3],
            Idr4 = idr[4],
            Idr5 = idr[5],
        };
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        bytes.CopyTo(data);
        length = bytes.Length;
        type = IommufdUapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3;
        return Errno.None;
    }
}
