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
internal sealed partial class IommufdDevice : KernelObject
{
    private readonly IommufdGroup _group;
    private Vdevice? _vdevice;
    private bool _isUnbinding;

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

    /// <summary>igroup->lock.</summary>
    public Lock GroupLock => _group.Lock;

    /// <summary>The vDEVICE that stands for it in a vIOMMU; null when there is none. Under <see cref="GroupLock"/>.</summary>
    public Vdevice? Vdevice
    {
        get
        {
            Debug.Assert(_group.Lock.IsHeldByCurrentThread);
            return _vdevice;
        }

        set
        {
            Debug.Assert(_group.Lock.IsHeldByCurrentThread);
            _vdevice = value;
        }
    }

    /// <summary>It is being unbound, and takes no vDEVICE any more. Under <see cref="GroupLock"/>.</summary>
    public bool IsUnbinding
    {
        get
        {
            Debug.Assert(_group.Lock.IsHeldByCurrentThread);
            return _isUnbinding;
        }
    }

    /// <summary>It is attached.</summary>
    public bool IsAttached => IsPasidAttached(0);

    /// <summary>One of its PASIDs is attached; 0 asks for the device itself.</summary>
    public bool IsPasidAttached(uint pasid)
    {
        lock (_group.Lock)
        {
            return _group.Attachments.TryGetValue(pasid, out GroupAttachment? attachment) && attachment.Devices.Contains(this);
        }
    }

    /// <summary>iommu_attach_handle_get: what a PASID of its group, or with 0 the group itself, is attached to; null when it is not.</summary>
    public HwPageTable? AttachedTo(uint pasid)
    {
        lock (_group.Lock)
        {
            return _group.Attachments.GetValueOrDefault(pasid)?.Handle.Hwpt;
        }
    }

    /// <summary>The PASIDs that are attached.</summary>
    public uint[] AttachedPasids
    {
        get
        {
            lock (_group.Lock)
            {
                return [.. _group.Attachments.Where(entry => entry.Key != 0 && entry.Value.Devices.Contains(this)).Select(static entry => entry.Key)];
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
    public Errno Attach(ref uint ptId) => Attach(ref ptId, 0);

    /// <summary>
    /// As <see cref="Attach(ref uint)"/>, for the requests that bear a PASID. EINVAL of a page table, here or below the device itself, that was not made for
    /// PASIDs, as no automatic one is; EBUSY when the PASID is attached.
    /// </summary>
    public Errno Attach(ref uint ptId, uint pasid)
    {
        Errno error = Change(ref ptId, pasid, replace: false);
        if (error == Errno.None)
        {
            AddUser();
        }

        return error;
    }

    /// <summary>iommufd_device_replace: as attach, for a device that is attached; failure leaves it where it was.</summary>
    public Errno Replace(ref uint ptId) => Replace(ref ptId, 0);

    /// <summary>As <see cref="Replace(ref uint)"/>, of one PASID.</summary>
    public Errno Replace(ref uint ptId, uint pasid) => Change(ref ptId, pasid, replace: true);

    /// <summary>iommufd_device_detach: its DMA is blocked when it is the group's last. Nothing happens to a device that is not attached.</summary>
    public void Detach() => Detach(0);

    /// <summary>As <see cref="Detach()"/>, of one PASID.</summary>
    public void Detach(uint pasid)
    {
        if (DetachFromGroup(pasid) is { } left)
        {
            left.Put();
            RemoveUser();
        }
    }

    /// <summary>
    /// iommufd_device_unbind: gives up the DMA ownership, the id and the file reference, after the calls that run on it. Its vDEVICE goes first. The device must
    /// be detached.
    /// </summary>
    public void Unbind()
    {
        RemoveVdevice();
        Context.Objects.PutAndDestroy(this);
    }

    /// <summary>
    /// iommufd_hw_pagetable_attach. EBUSY when it is attached, EINVAL when the group has another page table, the PASID rules forbid it or the IOMMU refuses this
    /// one.
    /// </summary>
    internal Errno AttachTo(HwPageTable hwpt, uint pasid)
    {
        lock (_group.Lock)
        {
            if (_group.Attachments.TryGetValue(pasid, out GroupAttachment? attachment))
            {
                if (attachment.Devices.Contains(this))
                {
                    return Errno.EBUSY;
                }

                if (attachment.Handle.Hwpt != hwpt)
                {
                    return Errno.EINVAL;
                }
            }

            Errno error = pasid == 0 ? hwpt.Paging.Ioas.ReserveFor(Device) : Errno.None;
            if (error != Errno.None)
            {
                return error;
            }

            if (attachment is null)
            {
                error = CheckPasidRules(hwpt, pasid);
                if (error == Errno.None)
                {
                    error = pasid == 0 ? _group.Group.AttachDomain(hwpt.Domain) : _group.Group.AttachPasid(hwpt.Domain, pasid);
                }

                if (error != Errno.None)
                {
                    if (pasid == 0)
                    {
                        hwpt.Paging.Ioas.UnreserveFor(Device);
                    }

                    return error;
                }

                attachment = new GroupAttachment(new AttachHandle(hwpt, this));
                _group.Attachments.Add(pasid, attachment);
            }

            hwpt.AddUser();
            attachment.Devices.Add(this);
            return Errno.None;
        }
    }

    /// <summary>iommufd_hw_pagetable_detach: from what it is on now, whose user becomes the caller's to put; null when it is not attached.</summary>
    internal HwPageTable? DetachFromGroup(uint pasid)
    {
        lock (_group.Lock)
        {
            if (!_group.Attachments.TryGetValue(pasid, out GroupAttachment? attachment) || !attachment.Devices.Remove(this))
            {
                return null;
            }

            HwPageTable hwpt = attachment.Handle.Hwpt;
            if (attachment.Devices.Count == 0)
            {
                if (pasid == 0)
                {
                    _group.Group.DetachDomain();
                }
                else
                {
                    _group.Group.DetachPasid(pasid);
                }

                _group.Attachments.Remove(pasid);
                hwpt.Faults?.Forget(attachment.Handle);
            }

            if (pasid == 0)
            {
                hwpt.Paging.Ioas.UnreserveFor(Device);
            }

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
    private Errno Change(ref uint ptId, uint pasid, bool replace)
    {
        Errno error;
        HwPageTable? left = null;
        using (Borrowed<KernelObject> target = Context.Objects.Borrow<KernelObject>(ptId))
        {
            if (!target.Found)
            {
                return Errno.ENOENT;
            }

            error = target.Value switch
            {
                HwPageTable hwpt => Use(hwpt, pasid, replace, out left),
                Ioas ioas => UseAutomatic(ioas, ref ptId, pasid, replace, out left),
                _ => Errno.EINVAL,
            };
        }

        // Outside every lock: putting the page table left behind may destroy it.
        left?.Put();
        return error;
    }

    private Errno Use(HwPageTable hwpt, uint pasid, bool replace, out HwPageTable? left)
    {
        left = null;
        return replace ? ReplaceWith(hwpt, pasid, out left) : AttachTo(hwpt, pasid);
    }

    /// <summary>
    /// iommufd_device_auto_get_domain: the first automatic page table of the IOAS that the device's IOMMU accepts (EINVAL means: try the next), else a new
    /// one. Never one that somebody made.
    /// </summary>
    private Errno UseAutomatic(Ioas ioas, ref uint ptId, uint pasid, bool replace, out HwPageTable? left)
    {
        lock (ioas.HwptLock)
        {
            foreach (Hwpt hwpt in ioas.Hwpts)
            {
                if (!hwpt.IsAutomatic || !hwpt.TryAddUser())
                {
                    continue;
                }

                Errno used = Use(hwpt, pasid, replace, out left);
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
            Errno error = Hwpt.Create(Context, ioas, this, replace ? null : pasid, out Hwpt? made);
            if (error != Errno.None)
            {
                return error;
            }

            if (replace)
            {
                error = ReplaceWith(made!, pasid, out left);
                if (error != Errno.None)
                {
                    made!.Abort();
                    return error;
                }
            }

            ptId = made!.Id;
            made.PublishAutomatic();
            return Errno.None;
        }
    }

    /// <summary>
    /// iommufd_device_do_replace: the whole group moves. Reserved ranges of the new IOAS first, then the page table, then those of the old. EINVAL for a device
    /// that is not attached itself.
    /// </summary>
    private Errno ReplaceWith(HwPageTable hwpt, uint pasid, out HwPageTable? left)
    {
        left = null;
        lock (_group.Lock)
        {
            if (!_group.Attachments.TryGetValue(pasid, out GroupAttachment? attachment) || !attachment.Devices.Contains(this))
            {
                return Errno.EINVAL;
            }

            AttachHandle old = attachment.Handle;
            if (old.Hwpt == hwpt)
            {
                return Errno.None;
            }

            Ioas ioas = hwpt.Paging.Ioas;
            bool moves = pasid == 0 && ioas != old.Hwpt.Paging.Ioas;
            Errno error = moves ? ReserveForGroup(attachment, ioas) : Errno.None;
            if (error != Errno.None)
            {
                return error;
            }

            error = CheckPasidRules(hwpt, pasid);
            if (error == Errno.None)
            {
                error = pasid == 0 ? _group.Group.ReplaceDomain(hwpt.Domain) : _group.Group.ReplacePasid(hwpt.Domain, pasid);
            }

            if (error != Errno.None)
            {
                if (moves)
                {
                    UnreserveForGroup(attachment, ioas);
                }

                return error;
            }

            old.Hwpt.Faults?.Forget(old);
            if (moves)
            {
                UnreserveForGroup(attachment, old.Hwpt.Paging.Ioas);
            }

            attachment.Handle = new AttachHandle(hwpt, this);
            for (int i = 0; i < attachment.Devices.Count; i++)
            {
                hwpt.AddUser();
                if (i != 0)
                {
                    old.Hwpt.RemoveUser();
                }
            }

            left = old.Hwpt;
            return Errno.None;
        }
    }

    /// <summary>iommufd_hwpt_pasid_compat: with a PASID attached, what it is on and what the device itself is on must both have been made for PASIDs.</summary>
    private Errno CheckPasidRules(HwPageTable hwpt, uint pasid)
    {
        Debug.Assert(_group.Lock.IsHeldByCurrentThread);
        if (hwpt.TakesPasids)
        {
            return pasid != 0 && _group.Attachments.TryGetValue(0, out GroupAttachment? own) && !own.Handle.Hwpt.TakesPasids ? Errno.EINVAL : Errno.None;
        }

        return pasid != 0 || _group.Attachments.Keys.Any(static attached => attached != 0) ? Errno.EINVAL : Errno.None;
    }

    private Errno ReserveForGroup(GroupAttachment attachment, Ioas ioas)
    {
        Debug.Assert(_group.Lock.IsHeldByCurrentThread);
        foreach (IommufdDevice device in attachment.Devices)
        {
            Errno error = ioas.ReserveFor(device.Device);
            if (error != Errno.None)
            {
                UnreserveForGroup(attachment, ioas);
                return error;
            }
        }

        return Errno.None;
    }

    private void UnreserveForGroup(GroupAttachment attachment, Ioas ioas)
    {
        Debug.Assert(_group.Lock.IsHeldByCurrentThread);
        foreach (IommufdDevice device in attachment.Devices)
        {
            ioas.UnreserveFor(device.Device);
        }
    }
}
