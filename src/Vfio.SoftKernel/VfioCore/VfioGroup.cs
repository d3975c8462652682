using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Kvm;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// A group as VFIO shows it while it has a device in it. Its file is opened by one at a time, and never together with a device node of the
/// group that is bound. Linux: struct vfio_group, drivers/vfio/group.c.
/// </summary>
internal sealed class VfioGroup
{
    private readonly Lock _lock = new();
    private readonly List<VfioCoreDevice> _devices = [];
    private VfioGroupFile? _file;
    private VfioContainer? _container;
    private int _containerUsers;
    private IommufdFile? _iommufd;
    private int _boundDevices;
    private bool _disbanded;
    private VirtualMachine? _machine;

    internal VfioGroup(VfioModule module, IommuGroup? iommu, int id, int minor)
    {
        Module = module;
        Iommu = iommu;
        Id = id;
        Minor = (uint)minor;
    }

    /// <summary>VFIO.</summary>
    public VfioModule Module { get; }

    /// <summary>The IOMMU group; null for a no-IOMMU one.</summary>
    public IommuGroup? Iommu { get; }

    /// <summary>A device that no IOMMU fences, by the administrator's wish.</summary>
    public bool IsNoIommu => Iommu is null;

    /// <summary>The group's number.</summary>
    public int Id { get; }

    /// <summary>Its node's name under /dev/vfio: 12, or noiommu-0.</summary>
    public string Name => IsNoIommu ? $"noiommu-{Id}" : $"{Id}";

    /// <summary>Its node's minor number: the lowest that was free.</summary>
    public uint Minor { get; }

    /// <summary>group->kvm: what devices opened from it are for; not held.</summary>
    internal VirtualMachine? VirtualMachine
    {
        get => Volatile.Read(ref _machine);
        set => Volatile.Write(ref _machine, value);
    }

    /// <summary>vfio_group_enforced_coherent: every device in it now; none at all is coherent.</summary>
    internal bool EnforcesCoherency
    {
        get
        {
            lock (_lock)
            {
                return _devices.TrueForAll(static device => device.Device.CanEnforceCoherency);
            }
        }
    }

    /// <summary>group->drivers: devices registered in it. Under the module's lock.</summary>
    internal int Drivers { get; set; }

    /// <summary>vfio_group_fops_open: EPERM no-IOMMU without CAP_SYS_RAWIO, EBUSY already open or a device of it is bound to an iommufd.</summary>
    /// <param name="task">Who opens.</param>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult Open(KernelTask task, FileStatus status)
    {
        ArgumentNullException.ThrowIfNull(task);
        lock (_lock)
        {
            if (_disbanded)
            {
                return Errno.ENODEV;
            }

            if (IsNoIommu && !task.Credentials.SysRawIo)
            {
                return Errno.EPERM;
            }

            if (_boundDevices != 0 || _file is not null)
            {
                return Errno.EBUSY;
            }

            return _file = new VfioGroupFile(this, status);
        }
    }

    /// <summary>vfio_device_group_register: GET_DEVICE_FD finds the device from here on.</summary>
    internal void Add(VfioCoreDevice device)
    {
        lock (_lock)
        {
            _devices.Add(device);
        }
    }

    /// <summary>vfio_device_group_unregister.</summary>
    internal void Remove(VfioCoreDevice device)
    {
        lock (_lock)
        {
            _devices.Remove(device);
        }
    }

    /// <summary>vfio_device_remove_group: the last device is gone; a file still open answers ENODEV from here on.</summary>
    internal void Disband()
    {
        lock (_lock)
        {
            LeaveContainer();
            _disbanded = true;
        }
    }

    /// <summary>vfio_device_block_group: EBUSY while the group's file is open; until <see cref="Unblock"/> it cannot be.</summary>
    internal Errno Block()
    {
        lock (_lock)
        {
            if (_file is not null)
            {
                return Errno.EBUSY;
            }

            _boundDevices++;
            return Errno.None;
        }
    }

    /// <summary>vfio_device_unblock_group.</summary>
    internal void Unblock()
    {
        lock (_lock)
        {
            _boundDevices--;
        }
    }

    /// <summary>vfio_group_fops_release.</summary>
    internal void FileReleased()
    {
        lock (_lock)
        {
            LeaveContainer();
            PutIommufd();
            _file = null;
        }
    }

    /// <summary>vfio_group_fops_unl_ioctl.</summary>
    internal int Ioctl(KernelTask task, uint request, UserArgument argument) => request switch
    {
        VfioUapi.VFIO_GROUP_GET_STATUS => -(int)GetStatus(argument),
        VfioUapi.VFIO_GROUP_SET_CONTAINER => -(int)SetContainer(task, argument),
        VfioUapi.VFIO_GROUP_UNSET_CONTAINER => -(int)UnsetContainer(),
        VfioUapi.VFIO_GROUP_GET_DEVICE_FD => GetDeviceFd(task, argument),
        _ => -(int)Errno.ENOTTY,
    };

    /// <summary>vfio_df_group_close: under the group's lock, then the set's.</summary>
    internal void Close(VfioDeviceFile file)
    {
        IommufdFile? iommufd;
        VfioGroupFile? held = null;
        lock (_lock)
        {
            lock (file.Device.Set.Lock)
            {
                if (file.Device.Close(file, out iommufd) && iommufd is null)
                {
                    held = UnuseContainer();
                }
            }
        }

        // Both references were the device's: the last device file may be what keeps the group's file and the iommufd.
        iommufd?.Put();
        held?.Put();
    }

    /// <summary>vfio_group_use_container, at a device's first open: the device keeps the group's file open. Under the group's lock.</summary>
    internal Errno UseContainer(KernelTask task)
    {
        if (_container is null || !_container.HasDriver)
        {
            return Errno.EINVAL;
        }

        if (IsNoIommu && !task.Credentials.SysRawIo)
        {
            return Errno.EPERM;
        }

        _file!.Get();
        _containerUsers++;
        return Errno.None;
    }

    /// <summary>vfio_group_unuse_container; the caller puts the file once no lock is held.</summary>
    internal VfioGroupFile? UnuseContainer()
    {
        _containerUsers--;
        return _file;
    }

    private bool HasContainer => _container is not null || _iommufd is not null;

    private Errno GetStatus(UserArgument argument)
    {
        var status = default(VfioGroupStatus);
        if (argument.CopyIn(0, StructBytes.AsBytes(ref status)) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (status.Argsz < StructBytes.SizeOf<VfioGroupStatus>())
        {
            return Errno.EINVAL;
        }

        status.Flags = 0;
        lock (_lock)
        {
            if (_disbanded)
            {
                return Errno.ENODEV;
            }

            if (HasContainer)
            {
                status.Flags = VfioUapi.VFIO_GROUP_FLAGS_CONTAINER_SET | VfioUapi.VFIO_GROUP_FLAGS_VIABLE;
            }
            else if (Iommu?.IsDmaOwnerClaimed != true)
            {
                status.Flags = VfioUapi.VFIO_GROUP_FLAGS_VIABLE;
            }
        }

        return argument.CopyOut(0, StructBytes.AsBytes(ref status));
    }

    private Errno SetContainer(KernelTask task, UserArgument argument)
    {
        int fd = 0;
        if (argument.CopyIn(0, StructBytes.AsBytes(ref fd)) is not Errno.None and Errno fault)
        {
            return fault;
        }

        OpenFile? file = task.Files.Get(fd);
        if (file is null && !task.IsOpen(fd, Module.Host))
        {
            return Errno.EBADF;
        }

        Errno error;
        bool kept = false;
        lock (_lock)
        {
            error = HasContainer ? Errno.EINVAL : _disbanded ? Errno.ENODEV : Join(task, file, out kept);
        }

        if (!kept)
        {
            file?.Put();
        }

        return error;
    }

    // Which of the two kinds of container it is; only an iommufd is held by its file.
    private Errno Join(KernelTask task, OpenFile? file, out bool kept)
    {
        kept = false;
        switch (file)
        {
            case VfioContainerFile container:
                Errno error = container.Container.Attach(this, task);
                if (error == Errno.None)
                {
                    _container = container.Container;
                    _containerUsers = 1;
                }

                return error;
            case IommufdFile iommufd:
                error = IsNoIommu ? iommufd.SetNoIommu() : iommufd.CreateCompatIoas();
                kept = error == Errno.None;
                _iommufd = kept ? iommufd : null;
                return error;
            default:
                return Errno.EBADFD;
        }
    }

    private Errno UnsetContainer()
    {
        lock (_lock)
        {
            if (!HasContainer)
            {
                return Errno.EINVAL;
            }

            if (_container is not null && _containerUsers != 1)
            {
                return Errno.EBUSY;
            }

            LeaveContainer();
            PutIommufd();
            return Errno.None;
        }
    }

    private int GetDeviceFd(KernelTask task, UserArgument argument)
    {
        Errno error = UserString.Copy(argument, 4096, out string name);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        int found = Find(name, out VfioCoreDevice? device);
        if (device is null)
        {
            return found;
        }

        // An anonymous inode: the node's status is not its.
        var file = new VfioDeviceFile(device, this, new FileStatus { Mode = 0x180 });
        error = OpenFromGroup(device, file, task);
        if (error != Errno.None)
        {
            device.PutRegistration();
            return -(int)error;
        }

        // The reference is the table's now, also where it found no descriptor: the file is closed then.
        return task.Files.Install(file);
    }

    // vfio_device_get_from_name: a registration is taken on what is found.
    private int Find(string name, out VfioCoreDevice? device)
    {
        device = null;
        lock (_lock)
        {
            foreach (VfioCoreDevice candidate in _devices)
            {
                int match = candidate.Driver.Match(name);
                if (match < 0)
                {
                    return match;
                }

                if (match > 0 && candidate.TryGetRegistration())
                {
                    device = candidate;
                    return 0;
                }
            }
        }

        return -(int)Errno.ENODEV;
    }

    // vfio_df_group_open.
    private Errno OpenFromGroup(VfioCoreDevice device, VfioDeviceFile file, KernelTask task)
    {
        lock (_lock)
        {
            if (!HasContainer)
            {
                return Errno.EINVAL;
            }

            lock (device.Set.Lock)
            {
                return device.OpenFromGroup(file, _iommufd, task);
            }
        }
    }

    private void LeaveContainer()
    {
        _container?.Detach(this);
        _container = null;
        _containerUsers = 0;
    }

    private void PutIommufd()
    {
        _iommufd?.Put();
        _iommufd = null;
    }
}
