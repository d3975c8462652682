using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A page table of an IOAS, loaded with everything mapped there. Linux: struct iommufd_hwpt_paging, drivers/iommu/iommufd/hw_pagetable.c. Whether it
/// enforces coherency is settled as it is made, by the device it is made for, and never again.
/// </summary>
internal sealed class Hwpt : HwPageTable
{
    private Hwpt(IommufdFile context, Ioas ioas, IommuDomain domain)
        : base(context)
    {
        Ioas = ioas;
        Domain = domain;
    }

    /// <summary>Its address space, of which it is a user.</summary>
    public Ioas Ioas { get; }

    /// <summary>The page table itself.</summary>
    public override IommuDomain Domain { get; }

    /// <inheritdoc/>
    public override Hwpt Paging => this;

    /// <summary>Made with IOMMU_HWPT_ALLOC_NEST_PARENT: first stages and vIOMMUs may stand on it.</summary>
    public required bool IsNestParent { get; init; }

    /// <summary>Made by an attach to an IOAS; goes with its last device.</summary>
    public bool IsAutomatic { get; private set; }

    /// <summary>Decided as it was made: no-snoop DMA through it is snooped.</summary>
    public bool EnforcesCoherency => Domain.EnforcesCoherency;

    /// <summary>
    /// iommufd_hwpt_paging_alloc under the IOAS's mutex: an unpublished page table for <paramref name="device"/>, for which a driver may want
    /// <paramref name="data"/>.
    /// </summary>
    public static Errno Create(IommufdFile context, Ioas ioas, IommufdDevice device, uint flags, UserData data, out Hwpt? created)
        => Create(context, ioas, device, flags, data, attachPasid: null, out created);

    /// <summary>
    /// As above, with no flags and no data; the device, or its <paramref name="attachPasid"/>, is attached before the table is loaded, as to an automatic one.
    /// </summary>
    public static Errno Create(IommufdFile context, Ioas ioas, IommufdDevice device, uint? attachPasid, out Hwpt? created)
        => Create(context, ioas, device, 0, default, attachPasid, out created);

    private static Errno Create(IommufdFile context, Ioas ioas, IommufdDevice device, uint flags, UserData data, uint? attachPasid, out Hwpt? created)
    {
        Debug.Assert(ioas.HwptLock.IsHeldByCurrentThread);
        created = null;
        Errno error = CheckFlags(device, flags, data);
        if (error != Errno.None)
        {
            return error;
        }

        error = device.Device.IommuDriver!.AllocatePaging(device.Device, flags & ~IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, data, out IommuDomain? domain);
        if (error != Errno.None)
        {
            return error;
        }

        Hwpt hwpt = new(context, ioas, domain!)
        {
            IsNestParent = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT) != 0,
            TakesPasids = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_PASID) != 0,
        };
        context.Objects.Reserve(hwpt);
        ioas.AddUser();

        // Before the first map: VT-d cannot turn it on later.
        if (device.EnforcesCoherency && !hwpt.Domain.EnforceCoherency())
        {
            error = Errno.EINVAL;
        }

        if (error == Errno.None && attachPasid is { } pasid)
        {
            error = device.AttachTo(hwpt, pasid);
        }

        if (error == Errno.None)
        {
            error = ioas.AddDomain(hwpt.Domain);
            if (error != Errno.None && attachPasid is not null)
            {
                device.DetachFromGroup(attachPasid.Value)!.RemoveUser();
            }
        }

        if (error != Errno.None)
        {
            context.Objects.Abort(hwpt);
            ioas.RemoveUser();
            return error;
        }

        ioas.Hwpts.Add(hwpt);
        created = hwpt;
        return Errno.None;
    }

    /// <summary>As <see cref="HwPageTable.Publish"/>, of one that was made by an attach to the IOAS.</summary>
    public void PublishAutomatic()
    {
        IsAutomatic = true;
        Publish();
    }

    /// <summary>iommufd_hwpt_paging_abort: under the IOAS's mutex.</summary>
    public override void Abort()
    {
        Debug.Assert(Ioas.HwptLock.IsHeldByCurrentThread);
        Ioas.Hwpts.Remove(this);
        Ioas.RemoveDomain(Domain);
        ReleaseFaults();
        Context.Objects.Abort(this);
        Ioas.RemoveUser();
    }

    /// <summary>A device has left; an automatic one goes when it was the last.</summary>
    public override void Put()
    {
        Debug.Assert(!Ioas.HwptLock.IsHeldByCurrentThread);
        if (IsAutomatic)
        {
            Context.Objects.PutAndTryDestroy(this);
        }
        else
        {
            RemoveUser();
        }
    }

    /// <summary>iommufd_hwpt_paging_destroy.</summary>
    internal override void OnDestroyed()
    {
        lock (Ioas.HwptLock)
        {
            Ioas.Hwpts.Remove(this);
        }

        Ioas.RemoveDomain(Domain);
        ReleaseFaults();
        Ioas.RemoveUser();
    }

    /// <summary>What iommufd itself refuses before it asks the driver.</summary>
    private static Errno CheckFlags(IommufdDevice device, uint flags, UserData data)
    {
        const uint Faults = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID;
        const uint Parent = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT;
        const uint Dirty = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;
        IommuDriver driver = device.Device.IommuDriver!;
        return ((flags != 0 || data.IsPresent) && !driver.TakesPagingFlags)
            || (flags & ~(Faults | Parent | Dirty | IommufdUapi.IOMMU_HWPT_ALLOC_PASID)) != 0
            || ((flags & Dirty) != 0 && !driver.TracksDirtyPages(device.Device))
            || (flags & (Faults | Parent)) == (Faults | Parent)
            ? Errno.EOPNOTSUPP
            : Errno.None;
    }
}
