using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>
/// Intel VT-d. Linux: drivers/iommu/intel/iommu.c, nested.c. A unit with the scalable mode is used in it, as with intel_iommu=sm_on; nesting, dirty
/// tracking and PASIDs are there only then, and only as its capability registers say.
/// </summary>
internal sealed class VtdDriver : IommuDriver
{
    private const ulong EcapDirtyTracking = 1UL << 45 | 1UL << 48;
    private const ulong PageMask = 0xfff;

    public override bool Nests => true;

    public override bool AttachesPasids => true;

    /// <summary>intel_iommu_domain_alloc_paging_flags.</summary>
    public override Errno AllocatePaging(SoftDevice device, uint flags, UserData data, out IommuDomain? domain)
    {
        const uint Parent = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT;
        const uint Dirty = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        domain = null;
        IommuUnit unit = device.Unit!;
        if (data.IsPresent
            || (flags & ~(Parent | Dirty | IommufdUapi.IOMMU_HWPT_ALLOC_PASID)) != 0
            || ((flags & Parent) != 0 && !unit.Nests)
            || ((flags & Dirty) != 0 && !TracksDirtyPages(device)))
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = base.AllocatePaging(device, flags, data, out domain);
        if (error == Errno.None)
        {
            domain!.RefusesReadOnly = (flags & Parent) != 0;
        }

        return error;
    }

    /// <summary>intel_iommu_domain_alloc_nested.</summary>
    public override Errno AllocateNested(SoftDevice device, IommuDomain parent, uint flags, UserData data, out NestedDomain? domain)
    {
        domain = null;
        if (!device.Unit!.Nests || (flags & ~IommufdUapi.IOMMU_HWPT_ALLOC_PASID) != 0 || data.Type != IommufdUapi.IOMMU_HWPT_DATA_VTD_S1)
        {
            return Errno.EOPNOTSUPP;
        }

        // Neither the flags nor the reserved field are looked at.
        Errno error = data.Read(IommufdUapi.IOMMU_HWPT_DATA_VTD_S1, 24, out IommuHwptVtdS1 config);
        if (error == Errno.None)
        {
            domain = new VtdNestedDomain(
                parent,
                config.PgtblAddr,
                config.AddrWidth,
                (config.Flags & IommufdUapi.IOMMU_VTD_S1_WPE) != 0,
                (config.Flags & IommufdUapi.IOMMU_VTD_S1_SRE) != 0);
        }

        return error;
    }

    /// <summary>intel_nested_cache_invalidate_user. The unit keeps nothing that could be stale.</summary>
    public override Errno Invalidate(NestedDomain domain, ref UserDataArray requests)
    {
        uint count = requests.Count;
        requests.Count = 0;
        if (requests.Type != IommufdUapi.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1)
        {
            return Errno.EINVAL;
        }

        for (uint i = 0; i < count; i++)
        {
            Errno error = requests.Read(IommufdUapi.IOMMU_HWPT_INVALIDATE_DATA_VTD_S1, i, 24, out IommuHwptVtdS1Invalidate request);
            if (error == Errno.None && ((request.Flags & ~IommufdUapi.IOMMU_VTD_INV_FLAGS_LEAF) != 0 || request.Reserved != 0))
            {
                error = Errno.EOPNOTSUPP;
            }

            if (error == Errno.None && ((request.Addr & PageMask) != 0 || (request.Npages == ulong.MaxValue && request.Addr != 0)))
            {
                error = Errno.EINVAL;
            }

            if (error != Errno.None)
            {
                return error;
            }

            requests.Count++;
        }

        return Errno.None;
    }

    /// <summary>intel_iommu_attach_device, intel_nested_attach_dev: intel_iommu_enable_iopf wants page requests (PRI) of the device, which none of ours makes.</summary>
    public override Errno Attach(SoftDevice device, DeviceDomain domain)
    {
        Errno error = base.Attach(device, domain);
        return error == Errno.None && domain.AnswersPageRequests ? Errno.ENODEV : error;
    }

    /// <summary>intel_iommu_set_dev_pasid, intel_nested_set_dev_pasid.</summary>
    public override Errno AttachPasid(SoftDevice device, uint pasid, DeviceDomain domain, DeviceDomain? old)
        => device.Unit!.MaxPasids == 0 ? Errno.EOPNOTSUPP : Attach(device, domain);

    /// <summary>ssads_supported.</summary>
    public override bool TracksDirtyPages(SoftDevice device) => device.Unit!.HasScalableMode && (device.Unit.Ecap & EcapDirtyTracking) == EcapDirtyTracking;

    /// <summary>intel_iommu_hw_info. It names the erratum for every unit.</summary>
    public override Errno DescribeHardware(SoftDevice device, ref uint type, Span<byte> data, out int length)
    {
        length = 0;
        if (type is not (IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT or IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD))
        {
            return Errno.EOPNOTSUPP;
        }

        IommuHwInfoVtd info = new()
        {
            Flags = IommufdUapi.IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17,
            CapReg = device.Unit!.Cap,
            EcapReg = device.Unit.Ecap,
        };
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        bytes.CopyTo(data);
        length = bytes.Length;
        type = IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD;
        return Errno.None;
    }
}
