using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A page table of an IOAS, loaded with everything mapped there. Linux: struct iommufd_hwpt_paging, drivers/iommu/iommufd/hw_pagetable.c. Whether it
/// enforces coherency is settled as it is made, by the device it is made for, and never again.
/// </summary>
internal sealed class Hwpt : KernelObject
{
    private readonly IommufdFile _context;

    private Hwpt(IommufdFile context, Ioas ioas, IommuDomain domain)
    {
        _context = context;
        Ioas = ioas;
        Domain = domain;
    }

    /// <summary>Its address space, of which it is a user.</summary>
    public Ioas Ioas { get; }

    /// <summary>The page table itself.</summary>
    public IommuDomain Domain { get; }

    /// <summary>Made by an attach to an IOAS; goes with its last device.</summary>
    public bool IsAutomatic { get; private set; }

    /// <summary>Decided as it was made: no-snoop DMA through it is snooped.</summary>
    public bool EnforcesCoherency => Domain.EnforcesCoherency;

    /// <summary>
    /// iommufd_hwpt_paging_alloc under the IOAS's mutex: an unpublished page table for <paramref name="device"/>; with <paramref name="attach"/> the device is
    /// attached before the table is loaded, as an automatic one is.
    /// </summary>
    public static Errno Create(IommufdFile context, Ioas ioas, IommufdDevice device, uint flags, IommuUserData data, bool attach, out Hwpt? created)
    {
        Debug.Assert(ioas.HwptLock.IsHeldByCurrentThread);
        created = null;
        Errno error = CheckFlags(device.Device, flags);
        if (error != Errno.None)
        {
            return error;
        }

        error = AllocateDomain(device.Device, flags & ~IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID, data, out IommuDomain? domain);
        if (error != Errno.None)
        {
            return error;
        }

        Hwpt hwpt = new(context, ioas, domain!);
        context.Objects.Reserve(hwpt);
        ioas.AddUser();

        // Before the first map: VT-d cannot turn it on later.
        if (device.EnforcesCoherency && !hwpt.Domain.EnforceCoherency())
        {
            error = Errno.EINVAL;
        }

        if (error == Errno.None && attach)
        {
            error = device.AttachTo(hwpt);
        }

        if (error == Errno.None)
        {
            error = ioas.AddDomain(hwpt.Domain);
            if (error != Errno.None && attach)
            {
                device.DetachFromGroup().RemoveUser();
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

    /// <summary>Lets calls find a page table that <see cref="Create"/> made.</summary>
    public void Publish(bool automatic)
    {
        IsAutomatic = automatic;
        ObjectTable.Publish(this);
    }

    /// <summary>iommufd_object_abort_and_destroy: undoes <see cref="Create"/> under the IOAS's mutex.</summary>
    public void Abort()
    {
        Debug.Assert(Ioas.HwptLock.IsHeldByCurrentThread);
        Ioas.Hwpts.Remove(this);
        Ioas.RemoveDomain(Domain);
        _context.Objects.Abort(this);
        Ioas.RemoveUser();
    }

    /// <summary>iommufd_hw_pagetable_put: a device has left; an automatic one goes when it was the last.</summary>
    public void Put()
    {
        Debug.Assert(!Ioas.HwptLock.IsHeldByCurrentThread);
        if (IsAutomatic)
        {
            _context.Objects.PutAndTryDestroy(this);
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
        Ioas.RemoveUser();
    }

    /// <summary>The flags that iommufd itself refuses, whatever the driver.</summary>
    private static Errno CheckFlags(SoftDevice device, uint flags)
    {
        const uint Known = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT | IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING | IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID
            | IommufdUapi.IOMMU_HWPT_ALLOC_PASID;
        const uint FaultAndParent = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID | IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT;

        // virtio-iommu's driver has no domain_alloc_paging_flags: it knows no flags at all.
        return (device.Unit!.Kind == IommuKind.Virtio && flags != 0)
            || (flags & ~Known) != 0
            || ((flags & IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0 && !device.CanTrackDirty)
            || (flags & FaultAndParent) == FaultAndParent ? Errno.EOPNOTSUPP : Errno.None;
    }

    /// <summary>
    /// domain_alloc_paging_flags: what the unit's driver says. None of the modelled real ones nests, or takes data for a page table that is not nested; VT-d takes
    /// the PASID flag.
    /// </summary>
    private static Errno AllocateDomain(SoftDevice device, uint flags, IommuUserData data, out IommuDomain? domain)
    {
        if (device is MockDevice mock)
        {
            return MockDriver.AllocateDomain(mock, flags, data, out domain);
        }

        IommuUnit unit = device.Unit!;
        uint accepted = unit.Kind == IommuKind.IntelVtd ? IommufdUapi.IOMMU_HWPT_ALLOC_PASID | IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING : 0;
        if ((flags & ~accepted) != 0 || data.Length != 0)
        {
            domain = null;
            return Errno.EOPNOTSUPP;
        }

        bool tracksDirty = (flags & IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING) != 0;
        domain = unit.AllocateDomain(new IommuGeometry(unit.PageSizes, unit.ApertureFirst, unit.ApertureLast), tracksDirty);
        return Errno.None;
    }
}
