using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>What devices are attached to: a page table of an IOAS or a first stage above one. Linux: struct iommufd_hw_pagetable.</summary>
/// <param name="context">The iommufd it is in.</param>
internal abstract class HwPageTable(IommufdFile context) : KernelObject
{
    /// <summary>The iommufd it is in.</summary>
    protected IommufdFile Context { get; } = context;

    /// <summary>The translation itself.</summary>
    public abstract DeviceDomain Domain { get; }

    /// <summary>The page table of an IOAS that it is or stands on. Linux: find_hwpt_paging.</summary>
    public abstract Hwpt Paging { get; }

    /// <summary>Made with IOMMU_HWPT_ALLOC_PASID. Linux: pasid_compat.</summary>
    public required bool TakesPasids { get; init; }

    /// <summary>Who is told of page requests; null: nobody. Settled before it is published.</summary>
    public FaultQueue? Faults { get; private set; }

    /// <summary>Takes a fault queue, of which it is a user from now on.</summary>
    public void Use(FaultQueue faults)
    {
        faults.AddUser();
        Faults = faults;
        Domain.AnswersPageRequests = true;
    }

    /// <summary>Lets calls find it.</summary>
    public virtual void Publish() => ObjectTable.Publish(this);

    /// <summary>iommufd_object_abort_and_destroy, of one that was not published.</summary>
    public abstract void Abort();

    /// <summary>iommufd_hw_pagetable_put: a device has left.</summary>
    public virtual void Put() => RemoveUser();

    /// <summary>__iommufd_hwpt_destroy.</summary>
    protected void ReleaseFaults() => Faults?.RemoveUser();
}
