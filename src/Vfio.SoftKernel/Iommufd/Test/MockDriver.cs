using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>The mock IOMMU's driver: it does everything that a driver can be asked for. Linux: mock_ops of drivers/iommu/iommufd/selftest.c.</summary>
internal sealed class MockDriver : IommuDriver
{
    public override bool Nests => true;

    public override bool AttachesPasids => true;

    public override bool HasUserPasidTable => true;

    /// <summary>mock_domain_alloc_paging_flags: the flags first, then the kind of table that the data asks for.</summary>
    public override Errno AllocatePaging(SoftDevice device, uint flags, UserData data, out IommuDomain? domain)
    {
        const uint Known = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING | IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT | IommufdUapi.IOMMU_HWPT_ALLOC_PASID;
        domain = null;
        bool tracksDirty = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0;
        if ((flags & ~Known) != 0 || (tracksDirty && !TracksDirtyPages(device)))
        {
            return Errno.EOPNOTSUPP;
        }

        IommuHwptSelftest asked = default;
        if (data.IsPresent)
        {
            if (data.Type != IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST)
            {
                return Errno.EOPNOTSUPP;
            }

            Errno error = data.Read(IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST, sizeof(uint), out asked);
            if (error != Errno.None)
            {
                return error;
            }
        }

        IommuUnit unit = device.Unit!;
        switch (asked.PagetableType)
        {
            case IommufdTestUapi.MOCK_IOMMUPT_DEFAULT:
                domain = unit.AllocateDomain(new IommuGeometry(unit.PageSizes, unit.ApertureFirst, unit.ApertureLast), tracksDirty);
                return Errno.None;
            case IommufdTestUapi.MOCK_IOMMUPT_HUGE:
                domain = unit.AllocateDomain(TestModule.HugeGeometry, tracksDirty);
                return Errno.None;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>mock_domain_alloc_nested.</summary>
    public override Errno AllocateNested(SoftDevice device, IommuDomain parent, uint flags, UserData data, out NestedDomain? domain)
        => AllocateNested(parent, null, flags, data, out domain);

    /// <summary>mock_domain_cache_invalidate_user.</summary>
    public override Errno Invalidate(NestedDomain domain, ref UserDataArray requests)
    {
        uint[] iotlb = ((MockNestedDomain)domain).Iotlb;
        uint count = requests.Count;
        requests.Count = 0;
        if (requests.Type != IommufdTestUapi.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST)
        {
            return Errno.EINVAL;
        }

        for (uint i = 0; i < count; i++)
        {
            Errno error = requests.Read(IommufdTestUapi.IOMMU_HWPT_INVALIDATE_DATA_SELFTEST, i, 8, out IommuHwptInvalidateSelftest request);
            if (error == Errno.None && (request.Flags & ~IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
            {
                error = Errno.EOPNOTSUPP;
            }

            if (error == Errno.None && request.IotlbId > IommufdTestUapi.MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
            {
                error = Errno.EINVAL;
            }

            if (error != Errno.None)
            {
                return error;
            }

            if ((request.Flags & IommufdTestUapi.IOMMU_TEST_INVALIDATE_FLAG_ALL) != 0)
            {
                Array.Clear(iotlb);
            }
            else
            {
                Volatile.Write(ref iotlb[request.IotlbId], 0);
            }

            requests.Count++;
        }

        return Errno.None;
    }

    public override bool HasViommu(SoftDevice device, uint type) => type == IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST;

    /// <summary>mock_viommu_init.</summary>
    public override Errno CreateViommu(ViommuSetup setup, UserData data, out ViommuDriver? viommu)
    {
        Errno error = MockViommu.Create(setup, data, out MockViommu? made);
        viommu = made;
        return error;
    }

    /// <summary>
    /// mock_domain_nop_attach: a device that cannot track dirty pages refuses a table that does; a first stage of a vIOMMU wants the device to have a vDEVICE
    /// there (ENOENT).
    /// </summary>
    public override Errno Attach(SoftDevice device, DeviceDomain domain)
    {
        var mock = (MockDevice)device;
        if (domain is IommuDomain { CanTrackDirty: true } && !TracksDirtyPages(device))
        {
            return Errno.EINVAL;
        }

        Errno error = base.Attach(device, domain);
        Viommu? viommu = (domain as MockNestedDomain)?.Viommu;
        ulong virtualId = 0;
        if (error == Errno.None && viommu is not null)
        {
            error = viommu.FindVirtualId(device, out virtualId);
        }

        if (error == Errno.None)
        {
            mock.StandIn(viommu, virtualId);
        }

        return error;
    }

    public override void Detach(SoftDevice device) => ((MockDevice)device).StandIn(null, 0);

    /// <summary>mock_domain_set_dev_pasid_nop: every second attach of PASID 1024 fails, so that a failing driver can be tested.</summary>
    public override Errno AttachPasid(SoftDevice device, uint pasid, DeviceDomain domain, DeviceDomain? old)
    {
        if (pasid != IommufdTestUapi.IOMMU_TEST_PASID_RESERVED)
        {
            return Errno.None;
        }

        var mock = (MockDevice)device;
        mock.FailsNextReservedPasid = !mock.FailsNextReservedPasid;
        return mock.FailsNextReservedPasid ? Errno.None : Errno.ENOMEM;
    }

    public override void DetachPasid(SoftDevice device, uint pasid, DeviceDomain old)
    {
        if (pasid == IommufdTestUapi.IOMMU_TEST_PASID_RESERVED)
        {
            ((MockDevice)device).FailsNextReservedPasid = false;
        }
    }

    /// <summary>dev_iommu_get_max_pasids: two to the power of "pasid-num-bits", which is there, and 0, for a device without PASIDs: it has one.</summary>
    public override uint MaxPasids(SoftDevice device) => ((MockDevice)device).HasPasids ? 1u << (int)IommufdTestUapi.MOCK_PASID_WIDTH : 1;

    public override bool TracksDirtyPages(SoftDevice device) => ((MockDevice)device).TracksDirtyPages;

    /// <summary>mock_domain_hw_info.</summary>
    public override Errno DescribeHardware(SoftDevice device, ref uint type, Span<byte> data, out int length)
    {
        length = 0;
        if (type is not (IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT or IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST))
        {
            return Errno.EOPNOTSUPP;
        }

        IommuTestHwInfo info = new() { TestReg = IommufdTestUapi.IOMMU_HW_INFO_SELFTEST_REGVAL };
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        bytes.CopyTo(data);
        length = bytes.Length;
        type = IommufdTestUapi.IOMMU_HW_INFO_TYPE_SELFTEST;
        return Errno.None;
    }

    /// <summary>__mock_domain_alloc_nested.</summary>
    internal static Errno AllocateNested(IommuDomain parent, Viommu? viommu, uint flags, UserData data, out NestedDomain? domain)
    {
        domain = null;
        if ((flags & ~IommufdUapi.IOMMU_HWPT_ALLOC_PASID) != 0 || data.Type != IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST)
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = data.Read(IommufdTestUapi.IOMMU_HWPT_DATA_SELFTEST, sizeof(uint), out IommuHwptSelftest config);
        if (error == Errno.None)
        {
            domain = new MockNestedDomain(parent, viommu, config.Iotlb);
        }

        return error;
    }
}
