using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuCore;

/// <summary>
/// Functions that an IOMMU cannot tell apart: they share one domain and one DMA owner. Linux: drivers/iommu/iommu.c, struct iommu_group.
/// </summary>
/// <remarks>Its lock is a leaf of the soft kernel's order: under it only DMA in flight is waited for.</remarks>
internal sealed class IommuGroup(int id)
{
    private readonly Lock _lock = new();
    private SoftDevice[] _devices = [];
    private object? _owner;
    private int _ownerCount;
    private readonly Dictionary<uint, DeviceDomain> _pasids = [];
    private DeviceDomain? _domain;

    /// <summary>The number in /sys/kernel/iommu_groups and /dev/vfio.</summary>
    public int Id { get; } = id;

    /// <summary>Its functions, as they are now.</summary>
    public IReadOnlyList<SoftDevice> Devices => Volatile.Read(ref _devices);

    /// <summary>iommu_group_dma_owner_claimed: a kernel driver or user space holds its DMA.</summary>
    public bool IsDmaOwnerClaimed
    {
        get
        {
            lock (_lock)
            {
                return _ownerCount != 0;
            }
        }
    }

    /// <summary>iommu_group_has_isolated_msi: every function's.</summary>
    public bool HasIsolatedMsi => Devices.All(static device => device.HasIsolatedMsi);

    /// <summary>The domain user space attached; null: default or blocking.</summary>
    public DeviceDomain? Domain
    {
        get
        {
            lock (_lock)
            {
                return _domain;
            }
        }
    }

    /// <summary>iommu_group_add_device.</summary>
    public void Add(SoftDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (_lock)
        {
            _devices = [.. _devices, device];
            device.Group = this;
        }
    }

    /// <summary>iommu_group_remove_device; the device keeps to whom it belonged. True when it was the last.</summary>
    public bool Remove(SoftDevice device)
    {
        lock (_lock)
        {
            _devices = [.. _devices.Where(member => member != device)];
            return _devices.Length == 0;
        }
    }

    /// <summary>iommu_device_use_default_domain: a kernel driver takes the group; EBUSY when user space has it.</summary>
    public Errno UseDefaultDomain()
    {
        lock (_lock)
        {
            if (_ownerCount != 0 && (_domain is not null || _owner is not null))
            {
                return Errno.EBUSY;
            }

            _ownerCount++;
            return Errno.None;
        }
    }

    /// <summary>iommu_device_unuse_default_domain.</summary>
    public void UnuseDefaultDomain()
    {
        lock (_lock)
        {
            Debug.Assert(_ownerCount > 0 && _owner is null, "put by who did not take it");
            _ownerCount--;
        }
    }

    /// <summary>
    /// iommu_group_claim_dma_owner (the legacy container): EPERM when anybody holds it, EBUSY under a foreign domain, EINVAL when firmware wants a
    /// function mapped one to one. DMA is then blocked.
    /// </summary>
    public Errno ClaimDmaOwner(object owner)
    {
        lock (_lock)
        {
            return _ownerCount != 0 ? Errno.EPERM : TakeOwnership(owner);
        }
    }

    /// <summary>iommu_device_claim_dma_owner (iommufd): the same owner may claim once more for each device; EPERM for another.</summary>
    public Errno ClaimDeviceDmaOwner(object owner)
    {
        lock (_lock)
        {
            if (_ownerCount == 0)
            {
                return TakeOwnership(owner);
            }

            if (!ReferenceEquals(_owner, owner))
            {
                return Errno.EPERM;
            }

            _ownerCount++;
            return Errno.None;
        }
    }

    /// <summary>iommu_group_release_dma_owner and iommu_device_release_dma_owner: the last gives the group back to its default domain.</summary>
    public void ReleaseDmaOwner(object owner)
    {
        lock (_lock)
        {
            Debug.Assert(_ownerCount > 0 && ReferenceEquals(_owner, owner), "released by who does not own it");
            if (--_ownerCount == 0)
            {
                _owner = null;
                SetDomain(null);
            }
        }
    }

    /// <summary>iommu_attach_group: every function's DMA goes through <paramref name="domain"/>. EBUSY when another is attached, EINVAL when a function's IOMMU refuses it.</summary>
    public Errno AttachDomain(DeviceDomain domain)
    {
        lock (_lock)
        {
            return _domain is not null ? Errno.EBUSY : TrySetDomain(domain);
        }
    }

    /// <summary>iommu_replace_group_handle: as attach, in one step from the domain attached now, which stays on failure.</summary>
    public Errno ReplaceDomain(DeviceDomain domain)
    {
        lock (_lock)
        {
            return TrySetDomain(domain);
        }
    }

    /// <summary>iommu_detach_group: back to blocking while owned, else to the default domain; either way user space's mappings are out of reach.</summary>
    public void DetachDomain()
    {
        lock (_lock)
        {
            SetDomain(null);
        }
    }

    /// <summary>
    /// iommu_attach_device_pasid: EOPNOTSUPP when the driver cannot, EINVAL for another driver's domain or more PASIDs than a function has, EBUSY when the PASID is
    /// attached. A function without PASIDs is no hindrance: it makes no request with one.
    /// </summary>
    public Errno AttachPasid(DeviceDomain domain, uint pasid)
    {
        lock (_lock)
        {
            Errno error = CheckPasid(domain, pasid);
            if (error == Errno.None && Array.Exists(_devices, device => device.IommuDriver!.MaxPasids(device) is not 0 and uint most && pasid >= most))
            {
                error = Errno.EINVAL;
            }

            return error != Errno.None ? error : _pasids.ContainsKey(pasid) ? Errno.EBUSY : SetPasid(domain, pasid);
        }
    }

    /// <summary>iommu_replace_device_pasid: EINVAL when nothing is attached; on failure that stays.</summary>
    public Errno ReplacePasid(DeviceDomain domain, uint pasid)
    {
        lock (_lock)
        {
            Errno error = CheckPasid(domain, pasid);
            return error != Errno.None ? error : !_pasids.TryGetValue(pasid, out DeviceDomain? old) ? Errno.EINVAL : old == domain ? Errno.None : SetPasid(domain, pasid);
        }
    }

    /// <summary>iommu_detach_device_pasid.</summary>
    public void DetachPasid(uint pasid)
    {
        lock (_lock)
        {
            if (_pasids.Remove(pasid, out DeviceDomain? old))
            {
                foreach (SoftDevice device in _devices)
                {
                    if (device.IommuDriver!.MaxPasids(device) != 0)
                    {
                        device.IommuDriver.DetachPasid(device, pasid, old);
                    }
                }
            }
        }
    }

    private Errno CheckPasid(DeviceDomain domain, uint pasid)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        IommuDriver driver = _devices[0].IommuDriver!;
        return !driver.AttachesPasids ? Errno.EOPNOTSUPP : IommuDriver.Of(domain.Unit) != driver || pasid == 0 ? Errno.EINVAL : Errno.None;
    }

    /// <summary>__iommu_set_group_pasid.</summary>
    private Errno SetPasid(DeviceDomain domain, uint pasid)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        DeviceDomain? old = _pasids.GetValueOrDefault(pasid);
        for (int i = 0; i < _devices.Length; i++)
        {
            SoftDevice device = _devices[i];
            Errno error = device.IommuDriver!.MaxPasids(device) == 0 ? Errno.None : device.IommuDriver.AttachPasid(device, pasid, domain, old);
            if (error != Errno.None)
            {
                foreach (SoftDevice done in _devices.Take(i).Where(static done => done.IommuDriver!.MaxPasids(done) != 0))
                {
                    if (old is null || done.IommuDriver!.AttachPasid(done, pasid, old, domain) != Errno.None)
                    {
                        done.IommuDriver!.DetachPasid(done, pasid, domain);
                    }
                }

                return error;
            }
        }

        _pasids[pasid] = domain;
        return Errno.None;
    }

    /// <summary>__iommu_take_dma_ownership.</summary>
    private Errno TakeOwnership(object owner)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        if (_domain is not null)
        {
            return Errno.EBUSY;
        }

        // __iommu_device_set_domain: a device with IOMMU_RESV_DIRECT (RMRR) is never given the blocking domain.
        if (Array.Exists(_devices, static device => device.RequiresDirectMapping))
        {
            return Errno.EINVAL;
        }

        _owner = owner;
        _ownerCount = 1;
        return Errno.None;
    }

    private Errno TrySetDomain(DeviceDomain domain)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        foreach (SoftDevice device in _devices)
        {
            Errno error = device.IommuDriver?.Attach(device, domain) ?? Errno.EINVAL;
            if (error != Errno.None)
            {
                return error;
            }
        }

        SetDomain(domain);
        return Errno.None;
    }

    private void SetDomain(DeviceDomain? domain)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        _domain = domain;
        foreach (SoftDevice device in _devices)
        {
            device.Dma.Domain = domain;
            if (domain is null)
            {
                device.IommuDriver?.Detach(device);
            }
        }
    }
}
