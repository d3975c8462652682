using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>What the mock IOMMU's driver decides for itself. Linux: mock_ops of drivers/iommu/iommufd/selftest.c.</summary>
internal static class MockDriver
{
    /// <summary>mock_domain_alloc_paging_flags: the flags first, then the kind of table that the data asks for.</summary>
    public static Errno AllocateDomain(MockDevice device, uint flags, IommuUserData data, out IommuDomain? domain)
    {
        const uint Known = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING | IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT | IommufdUapi.IOMMU_HWPT_ALLOC_PASID;
        domain = null;
        bool tracksDirty = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0;
        if ((flags & ~Known) != 0 || (tracksDirty && !device.CanTrackDirty))
        {
            return Errno.EOPNOTSUPP;
        }

        IommuHwptSelftest asked = default;
        if (data.Length != 0)
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
}
