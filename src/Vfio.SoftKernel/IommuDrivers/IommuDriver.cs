using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>
/// What the drivers of IOMMUs answer differently: which page tables they make, which they nest, what they tell of the hardware. Linux: struct iommu_ops and
/// the domain operations that a driver fills in.
/// </summary>
internal abstract class IommuDriver
{
    private static readonly VtdDriver s_vtd = new();
    private static readonly AmdDriver s_amd = new();
    private static readonly VirtioDriver s_virtio = new();
    private static readonly SmmuDriver s_smmu = new();
    private static readonly MockDriver s_mock = new();

    /// <summary>The driver of a unit; always the same object for units of one kind.</summary>
    public static IommuDriver Of(IommuUnit unit) => unit.Kind switch
    {
        IommuKind.IntelVtd => s_vtd,
        IommuKind.AmdVi => s_amd,
        IommuKind.Virtio => s_virtio,
        IommuKind.ArmSmmuV3 => s_smmu,
        IommuKind.Mock => s_mock,
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit.Kind, "no driver for it"),
    };

    /// <summary>domain_alloc_paging_flags is there. Without it no page table has flags or data.</summary>
    public virtual bool TakesPagingFlags => true;

    /// <summary>domain_alloc_nested is there.</summary>
    public virtual bool Nests => false;

    /// <summary>user_pasid_table: page requests of any PASID may go to the first stage that the device itself is attached to.</summary>
    public virtual bool HasUserPasidTable => false;

    /// <summary>domain_alloc_paging_flags. <paramref name="flags"/> come without IOMMU_HWPT_FAULT_ID_VALID.</summary>
    public virtual Errno AllocatePaging(SoftDevice device, uint flags, UserData data, out IommuDomain? domain)
    {
        IommuUnit unit = device.Unit!;
        IommuGeometry geometry = new(unit.PageSizes, unit.ApertureFirst, unit.ApertureLast);
        domain = unit.AllocateDomain(geometry, tracksDirty: (flags & IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0);
        return Errno.None;
    }

    /// <summary>domain_alloc_nested: a first stage on a parent of this driver's that was made to be one. Flags as above.</summary>
    public virtual Errno AllocateNested(SoftDevice device, IommuDomain parent, uint flags, UserData data, out NestedDomain? domain)
    {
        domain = null;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>cache_invalidate_user of a first stage; leaves in the array how many requests were carried out.</summary>
    public virtual Errno Invalidate(NestedDomain domain, ref UserDataArray requests)
    {
        requests.Count = 0;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>get_viommu_size is not zero: the device's unit can be lent out as a vIOMMU of this type.</summary>
    public virtual bool HasViommu(SoftDevice device, uint type) => false;

    /// <summary>viommu_init.</summary>
    public virtual Errno CreateViommu(ViommuSetup setup, UserData data, out ViommuDriver? viommu)
    {
        viommu = null;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>attach_dev: may the device's requests go through this from now on? EINVAL: not made for it.</summary>
    public virtual Errno Attach(SoftDevice device, DeviceDomain domain) => device.Unit!.Accepts(domain) ? Errno.None : Errno.EINVAL;

    /// <summary>attach_dev of the blocking domain, as a device is detached.</summary>
    public virtual void Detach(SoftDevice device)
    {
    }

    /// <summary>set_dev_pasid is there, for this domain and for blocking.</summary>
    public virtual bool AttachesPasids => false;

    /// <summary>set_dev_pasid, for a device with PASIDs only; <paramref name="old"/> is what the PASID had.</summary>
    public virtual Errno AttachPasid(SoftDevice device, uint pasid, DeviceDomain domain, DeviceDomain? old) => Errno.EOPNOTSUPP;

    /// <summary>set_dev_pasid of the blocking domain.</summary>
    public virtual void DetachPasid(SoftDevice device, uint pasid, DeviceDomain old)
    {
    }

    /// <summary>dev_iommu.max_pasids: how many the device may use; 0 when it has none.</summary>
    public virtual uint MaxPasids(SoftDevice device) => Math.Min(device.Unit!.MaxPasids, device.PasidCapability.Count);

    /// <summary>IOMMU_CAP_DIRTY_TRACKING.</summary>
    public virtual bool TracksDirtyPages(SoftDevice device) => false;

    /// <summary>
    /// hw_info: writes what it tells to <paramref name="data"/> (room for 64 bytes) and says what it is. Nothing and IOMMU_HW_INFO_TYPE_NONE from a driver that
    /// tells nothing; EOPNOTSUPP of a type it does not have.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="type">In: IOMMU_HW_INFO_TYPE_DEFAULT, or the one wanted. Out: what it is.</param>
    /// <param name="data">Where to write.</param>
    /// <param name="length">Bytes written.</param>
    public virtual Errno DescribeHardware(SoftDevice device, ref uint type, Span<byte> data, out int length)
    {
        type = IommufdUapi.IOMMU_HW_INFO_TYPE_NONE;
        length = 0;
        return Errno.None;
    }
}
