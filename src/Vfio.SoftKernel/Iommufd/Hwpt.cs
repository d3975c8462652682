using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
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
    public static Errno Create(IommufdFile context, Ioas ioas, IommufdDevice device, uint flags, bool attach, out Hwpt? created)
    {
        Debug.Assert(ioas.HwptLock.IsHeldByCurrentThread);
        created = null;
        IommuUnit unit = device.Device.Unit!;
        Errno error = CheckFlags(unit, flags);
        if (error != Errno.None)
        {
            return error;
        }

        Hwpt hwpt = new(context, ioas, unit.AllocateDomain());
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

    /// <summary>
    /// The flags that iommufd itself refuses, then what the unit's driver says (its domain_alloc_paging_flags): none of these nests or tracks dirty pages,
    /// VT-d takes the PASID flag, and virtio-iommu knows no flags at all.
    /// </summary>
    private static Errno CheckFlags(IommuUnit unit, uint flags)
    {
        const uint Faults = IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID;
        uint accepted = unit.Kind switch
        {
            IommuKind.IntelVtd => Faults | IommufdUapi.IOMMU_HWPT_ALLOC_PASID,
            IommuKind.AmdVi => Faults,
            _ => 0,
        };
        return (flags & ~accepted) != 0 ? Errno.EOPNOTSUPP : Errno.None;
    }
}
