using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>
/// AMD-Vi. Linux: drivers/iommu/amd/iommu.c, of a kernel without CONFIG_AMD_IOMMU_IOMMUFD (no nesting, no hardware information) on a unit without dirty
/// tracking and guest page tables.
/// </summary>
internal sealed class AmdDriver : IommuDriver
{
    /// <summary>amd_iommu_domain_alloc_paging_flags.</summary>
    public override Errno AllocatePaging(SoftDevice device, uint flags, UserData data, out IommuDomain? domain)
    {
        domain = null;
        return flags != 0 || data.IsPresent ? Errno.EOPNOTSUPP : base.AllocatePaging(device, flags, data, out domain);
    }
}
