using System.Diagnostics;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A device bound to an iommufd, and the API of its driver. Linux: struct iommufd_device, drivers/iommu/iommufd/device.c, include/linux/iommufd.h. The driver
/// serialises its calls for one device.
/// </summary>
internal sealed class IommufdDevice : KernelObject
{
    private readonly IommufdGroup _group;

    private IommufdDevice(IommufdFile context, SoftDevice device, IommufdGroup group)
    {
        Context = context;
        Device = device;
        _group = group;
        EnforcesCoherency = device.CanEnforceCoherency;
    }

    /// <summary>The iommufd it is bound to; held by a file reference.</summary>
    public IommufdFile Context { get; }

    /// <summary>The device.</summary>
    public SoftDevice Device { get; }

    /// <summary>IOMMU_CAP_ENFORCE_CACHE_COHERENCY as it was at bind: page tables made for this device enforce coherency.</summary>
    public bool EnforcesCoherency { get; }

    /// <summary>It is attached.</summary>
    public bool IsAttached
    {
        get
        {
            lock (_group.Lock)
            {
                return _group.Attached.Contains(this);
            }
        }
    }

    /// <summary>
    /// iommufd_device_bind: claims the group's DMA for the iommufd. EINVAL not cache coherent, ENODEV no group, EPERM MSI not isolated or
    /// another owner, EBUSY a foreign domain.
    /// </summary>
    public static Errno Bind(IommufdFile context, SoftDevice device, out IommufdDevice? bound)
    {
        bound = null;
        if (!device.HasIommu || !device.IsCacheCoherent)
        {
            return Errno.EINVAL;
        }

        if (device.Group is not { } group)
        {
            return Errno.ENODEV;
        }

        if (!group.HasIsolatedMsi && !context.Module.AllowUnsafeInterrupts)
        {
            return Errno.EPERM;
        }

        Errno error = group.ClaimDeviceDmaOwner(context);
        if (error != Errno.None)
        {
            return error;
        }

        // iommufd_device_bind: a mock device lives in the file itself, and would keep it open for ever.
        if (device is not MockDevice)
        {
            context.Get();
        }

        bound = new IommufdDevice(context, device, context.GetGroup(group));
        context.Objects.Reserve(bound);

        // The driver is a user until Unbind, so that no DESTROY takes it.
        bound.AddUser();
        ObjectTable.Publish(bound);
        return Errno.None;
    }

    /// <summary>iommufd_device_attach: to an IOAS (an automatic HWPT is found or made) or a HWPT; <paramref name="ptId"/> becomes the HWPT's id.</summary>
    public Errno Attach(ref uint ptId)
    {
        Errno error = Change(ref ptId, replace: false);
        if (error == Errno.None)
        {
            AddUser();
        }

        return error;
    }

    /// <summary>iommufd_device_replace: as attach, for a device that is attached; failure leaves it where it was.</summary>
    public Errno Replace(ref uint ptId) => Change(ref ptId, replace: true);

    /// <summary>iommufd_device_detach: its DMA is blocked when it is the group's last. The device must be attached.</summary>
    public void Detach()
    {
        DetachFromGroup().Put();
        RemoveUser();
    }

    /// <summary>iommufd_device_unbind: gives up the DMA ownership, the id and the file reference, after the calls that run on it. The device must be detached.</summary>
    public void Unbind() => Context.Objects.PutAndDestroy(this);

    /// <summary>iommufd_hw_pagetable_attach. EINVAL when the group has another page table or the IOMMU refuses this one.</summary>
    internal Errno AttachTo(Hwpt hwpt)
    {
        lock (_group.Lock)
        {
            if (_group.Hwpt is not null && _group.Hwpt != hwpt)
            {
                return Errno.EINVAL;
            }

            Errno error = hwpt.Ioas.ReserveFor(Device);
            if (error != Errno.None)
            {
                return error;
            }

            if (_group.Attached.Count == 0)
            {
                error = _group.Group.AttachDomain(hwpt.Domain);
                if (error != Errno.None)
                {
                    hwpt.Ioas.UnreserveFor(Device);
                    return error;
                }

                _group.Hwpt = hwpt;
            }

            hwpt.AddUser();
            _group.Attached.Add(this);
            return Errno.None;
        }
    }

    /// <summary>iommufd_hw_pagetable_detach: from the page table it is on now, whose user becomes the caller's to put.</summary>
    internal Hwpt DetachFromGroup()
    {
        lock (_group.Lock)
        {
            Hwpt hwpt = _group.Hwpt!;
            _group.Attached.Remove(this);
            if (_group.Attached.Count == 0)
            {
                _group.Group.DetachDomain();
                _group.Hwpt = null;
            }

            hwpt.Ioas.UnreserveFor(Device);
            return hwpt;
        }
    }

    /// <summary>iommufd_device_destroy.</summary>
    internal override void OnDestroyed()
    {
        _group.Group.ReleaseDmaOwner(Context);
        Context.PutGroup(_group);
        if (Device is not MockDevice)
        {
            Context.Put();
        }
    }

    /// <summary>iommufd_device_change_pt.</summary>
    private Errno Change(ref uint ptId, bool replace)
    {
        Errno error;
        Hwpt? left = null;
        using (Borrowed<KernelObject> target = Context.Objects.Borrow<KernelObject>(ptId))
        {
            if (!target.Found)
            {
                return Errno.ENOENT;
            }

            error = target.Value switch
            {
                Hwpt hwpt => Use(hwpt, replace, out left),
                Ioas ioas => UseAutomatic(ioas, ref ptId, replace, out left),
                _ => Errno.EINVAL,
            };
        }

        // Outside every lock: putting the page table left behind may destroy it.
        left?.Put();
        return error;
    }

    private Errno Use(Hwpt hwpt, bool replace, out Hwpt? left)
    {
        left = null;
        return replace ? ReplaceWith(hwpt, out left) : AttachTo(hwpt);
    }

    /// <summary>
    /// iommufd_device_auto_get_domain: the first automatic page table of the IOAS that the device's IOMMU accepts (EINVAL means: try the next), else a new
    /// one. Never one that somebody made.
    /// </summary>
    private Errno UseAutomatic(Ioas ioas, ref uint ptId, bool replace, out Hwpt? left)
    {
        lock (ioas.HwptLock)
        {
            foreach (Hwpt hwpt in ioas.Hwpts)
            {
                if (!hwpt.IsAutomatic || !hwpt.TryAddUser())
                {
                    continue;
                }

                Errno used = Use(hwpt, replace, out left);
                hwpt.RemoveUser();
                if (used == Errno.EINVAL)
                {
                    continue;
                }

                if (used == Errno.None)
                {
                    ptId = hwpt.Id;
                }

                return used;
            }

            left = null;
            Errno error = Hwpt.Create(Context, ioas, this, 0, default, attach: !replace, out Hwpt? made);
            if (error != Errno.None)
            {
                return error;
            }

            if (replace)
            {
                error = ReplaceWith(made!, out left);
                if (error != Errno.None)
                {
                    made!.Abort();
                    return error;
                }
            }

            ptId = made!.Id;
            made.Publish(automatic: true);
            return Errno.None;
        }
    }

    /// <summary>
    /// iommufd_device_do_replace: the whole group moves. Reserved ranges of the new IOAS first, then the page table, then those of the old. EINVAL for a device
    /// that is not attached itself.
    /// </summary>
    private Errno ReplaceWith(Hwpt hwpt, out Hwpt? left)
    {
        left = null;
        lock (_group.Lock)
        {
            if (_group.Hwpt is not { } old || !_group.Attached.Contains(this))
            {
                return Errno.EINVAL;
            }

            if (old == hwpt)
            {
                return Errno.None;
            }

            bool moves = hwpt.Ioas != old.Ioas;
            Errno error = moves ? ReserveForGroup(hwpt.Ioas) : Errno.None;
            if (error != Errno.None)
            {
                return error;
            }

            error = _group.Group.ReplaceDomain(hwpt.Domain);
            if (error != Errno.None)
            {
                if (moves)
                {
                    UnreserveForGroup(hwpt.Ioas);
                }

                return error;
            }

            if (moves)
            {
                UnreserveForGroup(old.Ioas);
            }

            _group.Hwpt = hwpt;
            for (int i = 0; i < _group.Attached.Count; i++)
            {
                hwpt.AddUser();
                if (i != 0)
                {
                    old.RemoveUser();
                }
            }

            left = old;
            return Errno.None;
        }
    }

    private Errno ReserveForGroup(Ioas ioas)
    {
        Debug.Assert(_group.Lock.IsHeldByCurrentThread);
        foreach (IommufdDevice device in _group.Attached)
        {
            Errno error = ioas.ReserveFor(device.Device);
            if (error != Errno.None)
            {
                UnreserveForGroup(ioas);
                return error;
            }
        }

        return Errno.None;
    }

    private void UnreserveForGroup(Ioas ioas)
    {
        Debug.Assert(_group.Lock.IsHeldByCurrentThread);
        foreach (IommufdDevice device in _group.Attached)
        {
            ioas.UnreserveFor(device.Device);
        }
    }
}
