using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Iommufd;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>A driver's half of one vIOMMU. Linux: struct iommufd_viommu_ops and what a driver keeps around struct iommufd_viommu.</summary>
internal abstract class ViommuDriver
{
    /// <summary>alloc_domain_nested. <paramref name="flags"/> come without IOMMU_HWPT_FAULT_ID_VALID.</summary>
    public virtual Errno AllocateNested(uint flags, UserData data, out NestedDomain? domain)
    {
        domain = null;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>cache_invalidate; leaves in the array how many requests were carried out.</summary>
    public virtual Errno Invalidate(ref UserDataArray requests)
    {
        requests.Count = 0;
        return Errno.EOPNOTSUPP;
    }

    /// <summary>get_hw_queue_size is not zero.</summary>
    public virtual bool HasQueue(uint type) => false;

    /// <summary>hw_queue_init_phys: the queue's memory is pinned; what it answers undoes the queue when it is an error.</summary>
    public virtual Errno CreateQueue(HwQueue queue, uint index) => Errno.EOPNOTSUPP;

    /// <summary>hw_queue.destroy, of a queue that <see cref="CreateQueue"/> took.</summary>
    public virtual void DestroyQueue(HwQueue queue)
    {
    }

    /// <summary>destroy.</summary>
    public virtual void Destroy()
    {
    }
}
