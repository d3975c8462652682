using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Type1;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// Groups that share I/O page tables. Lives as long as its file is open or a group is in it. Linux: struct vfio_container,
/// drivers/vfio/container.c.
/// </summary>
internal sealed class VfioContainer(VfioModule module)
{
    private readonly Lock _lock = new();
    private readonly List<VfioGroup> _groups = [];
    private IVfioIommuDriver? _driver;
    private bool _noIommu;

    /// <summary>VFIO_SET_IOMMU has been done.</summary>
    public bool HasDriver
    {
        get
        {
            lock (_lock)
            {
                return _driver is not null;
            }
        }
    }

    /// <summary>What is mapped; null: nothing.</summary>
    public HeldObject? Held
    {
        get
        {
            lock (_lock)
            {
                return _driver?.Held;
            }
        }
    }

    /// <summary>vfio_fops_unl_ioctl.</summary>
    public int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        switch (request)
        {
            case VfioUapi.VFIO_GET_API_VERSION:
                return (int)VfioUapi.VFIO_API_VERSION;
            case VfioUapi.VFIO_CHECK_EXTENSION:
                return CheckExtension(argument.Value);
            case VfioUapi.VFIO_SET_IOMMU:
                return -(int)SetIommu(task, argument.Value);
            default:
                IVfioIommuDriver? driver;
                lock (_lock)
                {
                    driver = _driver;
                }

                return driver?.Ioctl(task, request, argument) ?? -(int)Errno.EINVAL;
        }
    }

    /// <summary>vfio_container_attach_group: claims the group's DMA and lets it in. Under the group's lock.</summary>
    public Errno Attach(VfioGroup group, KernelTask task)
    {
        if (group.IsNoIommu && !task.Credentials.SysRawIo)
        {
            return Errno.EPERM;
        }

        lock (_lock)
        {
            if (_groups.Count != 0 && _noIommu != group.IsNoIommu)
            {
                return Errno.EPERM;
            }

            if (group.Iommu is { } iommu && iommu.ClaimDmaOwner(group) is not Errno.None and Errno claim)
            {
                return claim;
            }

            if (_driver is not null && _driver.AttachGroup(group) is not Errno.None and Errno error)
            {
                group.Iommu?.ReleaseDmaOwner(group);
                return error;
            }

            _noIommu = group.IsNoIommu;
            _groups.Add(group);
            return Errno.None;
        }
    }

    /// <summary>vfio_group_detach_container: the last group to leave takes the page tables with it.</summary>
    public void Detach(VfioGroup group)
    {
        lock (_lock)
        {
            _driver?.DetachGroup(group);
            group.Iommu?.ReleaseDmaOwner(group);
            _groups.Remove(group);
            if (_groups.Count == 0)
            {
                _driver?.Release();
                _driver = null;
            }
        }
    }

    // vfio_container_ioctl_check_extension: without a driver, the first that says yes; a container of groups asks its own kind only.
    private int CheckExtension(ulong extension)
    {
        lock (_lock)
        {
            if (_driver is not null)
            {
                return _driver.CheckExtension(extension);
            }

            bool any = _groups.Count == 0;
            int answer = any || !_noIommu ? Type1Container.CheckUnopened(extension) : 0;
            return answer == 0 && (any || _noIommu) && module.Parameters.UnsafeNoIommu && extension == VfioUapi.VFIO_NOIOMMU_IOMMU ? 1 : answer;
        }
    }

    // vfio_ioctl_set_iommu: a group must be in, for only a group's owner may have page tables.
    private Errno SetIommu(KernelTask task, ulong kind)
    {
        lock (_lock)
        {
            if (_groups.Count == 0 || _driver is not null)
            {
                return Errno.EINVAL;
            }

            Errno error = _noIommu ? OpenNoIommu(task, kind, out IVfioIommuDriver? driver) : Type1Container.Open(module, kind, out driver);
            if (driver is null)
            {
                return error;
            }

            for (int i = 0; i < _groups.Count; i++)
            {
                error = driver.AttachGroup(_groups[i]);
                if (error != Errno.None)
                {
                    for (int undo = 0; undo < i; undo++)
                    {
                        driver.DetachGroup(_groups[undo]);
                    }

                    driver.Release();
                    return error;
                }
            }

            _driver = driver;
            return Errno.None;
        }
    }

    private Errno OpenNoIommu(KernelTask task, ulong kind, out IVfioIommuDriver? driver)
    {
        driver = null;
        if (!module.Parameters.UnsafeNoIommu || kind != VfioUapi.VFIO_NOIOMMU_IOMMU)
        {
            return Errno.ENODEV;
        }

        if (!task.Credentials.SysRawIo)
        {
            return Errno.EPERM;
        }

        driver = new NoIommuContainer();
        return Errno.None;
    }
}
