using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>A first stage of translation on a page table that was made to be a parent, or on a vIOMMU. Linux: struct iommufd_hwpt_nested.</summary>
internal sealed class NestedHwpt : HwPageTable
{
    private const uint AcceptedFlags = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID | IommufdUapi.IOMMU_HWPT_ALLOC_PASID;

    private readonly Viommu? _viommu;

    private NestedHwpt(IommufdFile context, Hwpt parent, Viommu? viommu, NestedDomain domain)
        : base(context)
    {
        Paging = parent;
        Domain = domain;
        _viommu = viommu;
    }

    /// <inheritdoc/>
    public override NestedDomain Domain { get; }

    /// <summary>The second stage.</summary>
    public override Hwpt Paging { get; }

    /// <summary>iommufd_hwpt_nested_alloc.</summary>
    public static Errno Create(IommufdFile context, Hwpt parent, IommufdDevice device, uint flags, UserData data, out HwPageTable? created)
    {
        created = null;
        IommuDriver driver = device.Device.IommuDriver!;
        if ((flags & ~AcceptedFlags) != 0 || !data.IsPresent || !driver.Nests)
        {
            return Errno.EOPNOTSUPP;
        }

        if (parent.IsAutomatic || !parent.IsNestParent || IommuDriver.Of(parent.Domain.Unit) != driver)
        {
            return Errno.EINVAL;
        }

        Errno error = driver.AllocateNested(device.Device, parent.Domain, flags & ~IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, data, out NestedDomain? domain);
        if (error == Errno.None)
        {
            parent.AddUser();
            created = new NestedHwpt(context, parent, null, domain!) { TakesPasids = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_PASID) != 0 };
            context.Objects.Reserve(created);
        }

        return error;
    }

    /// <summary>iommufd_viommu_alloc_hwpt_nested.</summary>
    public static Errno Create(IommufdFile context, Viommu viommu, IommufdDevice device, uint flags, UserData data, out HwPageTable? created)
    {
        created = null;
        if (viommu.Unit != device.Device.Unit)
        {
            return Errno.EINVAL;
        }

        if ((flags & ~AcceptedFlags) != 0 || !data.IsPresent)
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = viommu.Driver.AllocateNested(flags & ~IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, data, out NestedDomain? domain);
        if (error == Errno.None)
        {
            viommu.AddUser();
            created = new NestedHwpt(context, viommu.Parent, viommu, domain!) { TakesPasids = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_PASID) != 0 };
            context.Objects.Reserve(created);
        }

        return error;
    }

    /// <summary>iommufd_hwpt_nested_abort.</summary>
    public override void Abort()
    {
        Context.Objects.Abort(this);
        OnDestroyed();
    }

    /// <summary>iommufd_hwpt_nested_destroy.</summary>
    internal override void OnDestroyed()
    {
        ReleaseFaults();
        ((KernelObject?)_viommu ?? Paging).RemoveUser();
    }
}
