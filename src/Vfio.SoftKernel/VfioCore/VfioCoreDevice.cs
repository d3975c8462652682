using System.Diagnostics;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Kvm;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// A device that VFIO has. By its node it is opened by one bound file; from its group by any number, and the driver sees the first open and
/// the last close. Linux: struct vfio_device, drivers/vfio/vfio_main.c, device_cdev.c and iommufd.c.
/// </summary>
internal sealed partial class VfioCoreDevice
{
    // Registration: one while registered and one for each open file. Zero: unregistered for good.
    private readonly Lock _registrationLock = new();
    private readonly TaskCompletionSource _unregistered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _registrations = 1;
    private bool _leaving;

    private IommufdDevice? _iommufdDevice;
    private int _openCount;

    internal VfioCoreDevice(VfioModule module, SoftDevice device, IVfioDeviceDriver driver)
    {
        Module = module;
        Device = device;
        Driver = driver;
    }

    /// <summary>VFIO.</summary>
    public VfioModule Module { get; }

    /// <summary>The device.</summary>
    public SoftDevice Device { get; }

    /// <summary>Its driver.</summary>
    public IVfioDeviceDriver Driver { get; }

    /// <summary>The N of vfioN: the lowest that was free.</summary>
    public int Index { get; internal set; }

    /// <summary>Its group.</summary>
    public VfioGroup Group { get; internal set; } = null!;

    /// <summary>What it is reset with.</summary>
    public VfioDeviceSet Set { get; internal set; } = null!;

    /// <summary>It has /dev/vfio/devices/vfioN: every device but a no-IOMMU one.</summary>
    public bool HasNode => !Group.IsNoIommu;

    /// <summary>vfio_device_cdev_opened. Under the set's lock.</summary>
    public bool IsOpenedByNode { get; private set; }

    /// <summary>device->open_count. Under the set's lock.</summary>
    public int OpenCount => _openCount;

    /// <summary>Its place in an iommufd while it is bound to one. Under the set's lock.</summary>
    public IommufdDevice? IommufdDevice => _iommufdDevice;

    /// <summary>device->kvm: the virtual machine it is open for, held; null: none. Under the set's lock.</summary>
    public VirtualMachine? VirtualMachine { get; private set; }

    /// <summary>vfio_device_fops_cdev_open: ENODEV once the device is being unbound. Opening alone gives nothing but BIND_IOMMUFD.</summary>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult Open(FileStatus status)
        => TryGetRegistration() ? new VfioDeviceFile(this, null, status) : Errno.ENODEV;

    /// <summary>vfio_device_try_get_registration: also of a device that is leaving, while somebody has it open.</summary>
    internal bool TryGetRegistration()
    {
        lock (_registrationLock)
        {
            if (_registrations == 0)
            {
                return false;
            }

            _registrations++;
            return true;
        }
    }

    /// <summary>vfio_device_put_registration.</summary>
    internal void PutRegistration()
    {
        lock (_registrationLock)
        {
            if (--_registrations != 0)
            {
                return;
            }
        }

        Module.Forget(this);
        _unregistered.SetResult();
    }

    /// <summary>Its driver is being taken from it: whoever does that waits, with the device's lock, until it is closed.</summary>
    internal bool IsLeaving
    {
        get
        {
            lock (_registrationLock)
            {
                return _leaving;
            }
        }
    }

    /// <summary>
    /// The first half of vfio_unregister_group_dev: the node goes, and the group finds it no more. True when no file is open any more; otherwise the last close
    /// ends it.
    /// </summary>
    internal bool BeginUnregister()
    {
        lock (_registrationLock)
        {
            if (_leaving)
            {
                return _registrations == 0;
            }

            _leaving = true;
        }

        Group.Remove(this);
        Module.Shown.RemoveDevice(this);
        PutRegistration();
        return _unregistered.Task.IsCompleted;
    }

    /// <summary>Waits until the last file is closed; false after <paramref name="timeout"/>.</summary>
    internal bool WaitUnregistered(TimeSpan timeout) => _unregistered.Task.Wait(timeout);

    /// <summary>VFIO_DEVICE_BIND_IOMMUFD. Linux: vfio_df_ioctl_bind_iommufd, whose order of checks this keeps.</summary>
    internal Errno Bind(VfioDeviceFile file, KernelTask task, UserArgument argument)
    {
        var bind = default(VfioDeviceBindIommufd);
        const int Smallest = 16;
        Span<byte> bytes = StructBytes.AsBytes(ref bind);
        if (argument.CopyIn(0, bytes[..4]) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (bind.Argsz < Smallest)
        {
            return Errno.EINVAL;
        }

        fault = argument.CheckZeroed(bytes.Length, bind.Argsz);
        if (fault == Errno.None)
        {
            fault = argument.CopyIn(0, bytes[..(int)Math.Min(bind.Argsz, (uint)bytes.Length)]);
        }

        if (fault != Errno.None)
        {
            return fault;
        }

        if (bind.Iommufd < 0 || (bind.Flags & ~VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN) != 0 || file.Group is not null)
        {
            return Errno.EINVAL;
        }

        Errno error = Group.Block();
        if (error != Errno.None)
        {
            return error;
        }

        IommufdFile? iommufd = null;
        lock (Set.Lock)
        {
            error = file.AccessGranted ? Errno.EINVAL : BindLocked(file, task, bind, argument, out iommufd);
        }

        if (error != Errno.None)
        {
            iommufd?.Put();
            Group.Unblock();
        }

        return error;
    }

    /// <summary>vfio_df_group_open, under the group's lock and the set's: through its container, or through an iommufd that stands for one.</summary>
    internal Errno OpenFromGroup(VfioDeviceFile file, IommufdFile? iommufd, KernelTask task)
    {
        Debug.Assert(Set.Lock.IsHeldByCurrentThread);
        if (_openCount == 0)
        {
            TakeVirtualMachine(Group.VirtualMachine);
        }

        Errno error = OpenForGroup(file, iommufd, task);
        if (error != Errno.None && _openCount == 0)
        {
            PutVirtualMachine();
        }

        return error;
    }

    private Errno OpenForGroup(VfioDeviceFile file, IommufdFile? iommufd, KernelTask task)
    {
        if (iommufd is not null && Group.IsNoIommu && _openCount == 0 && (!task.Credentials.SysRawIo || iommufd.GetCompatIoasId(out _) == Errno.None))
        {
            return Errno.EPERM;
        }

        bool first = _openCount == 0;
        Errno error = OpenLocked(file, iommufd, task);
        if (error != Errno.None)
        {
            return error;
        }

        if (first && iommufd is not null && !Group.IsNoIommu)
        {
            error = iommufd.GetCompatIoasId(out uint id);
            if (error == Errno.None)
            {
                error = AttachLocked(ref id);
            }

            if (error != Errno.None)
            {
                CloseLocked(iommufd);
                return error;
            }
        }

        if (iommufd is not null)
        {
            iommufd.Get();
            file.Iommufd = iommufd;
        }

        file.AccessGranted = true;
        return Errno.None;
    }

    /// <summary>
    /// vfio_df_close, under the set's lock. True when it was the last; <paramref name="iommufd"/> is what the caller puts once no lock is held.
    /// </summary>
    internal bool Close(VfioDeviceFile file, out IommufdFile? iommufd)
    {
        Debug.Assert(Set.Lock.IsHeldByCurrentThread);
        iommufd = file.Iommufd;
        file.Iommufd = null;
        bool last = CloseLocked(iommufd);
        if (last)
        {
            PutVirtualMachine();
        }

        return last;
    }

    /// <summary>vfio_df_unbind_iommufd: the end of a file opened by the node.</summary>
    internal void Unbind(VfioDeviceFile file)
    {
        if (!file.AccessGranted)
        {
            return;
        }

        IommufdFile? iommufd;
        lock (Set.Lock)
        {
            Close(file, out iommufd);
            IsOpenedByNode = false;
        }

        iommufd?.Put();
        Group.Unblock();
    }

    private Errno BindLocked(VfioDeviceFile file, KernelTask task, VfioDeviceBindIommufd bind, UserArgument argument, out IommufdFile? iommufd)
    {
        iommufd = null;
        Errno error = CheckToken(task, bind);
        if (error == Errno.None)
        {
            error = IommufdFromFd(task, bind.Iommufd, out iommufd);
        }

        if (error != Errno.None)
        {
            return error;
        }

        // Only the group path may open a device more than once.
        if (_openCount != 0)
        {
            return Errno.EINVAL;
        }

        TakeVirtualMachine(file.VirtualMachine);
        error = OpenLocked(file, iommufd, task);
        if (error != Errno.None)
        {
            PutVirtualMachine();
            return error;
        }

        uint id = _iommufdDevice!.Id;
        error = argument.CopyOut(12, StructBytes.AsBytes(ref id));
        if (error != Errno.None)
        {
            CloseLocked(iommufd);
            PutVirtualMachine();
            return error;
        }

        file.Iommufd = iommufd;
        IsOpenedByNode = true;
        file.AccessGranted = true;
        return Errno.None;
    }

    // vfio_device_get_kvm_safe: a machine whose last user has left is none.
    private void TakeVirtualMachine(VirtualMachine? machine)
        => VirtualMachine = machine is not null && machine.TryGet() ? machine : null;

    // vfio_device_put_kvm.
    private void PutVirtualMachine()
    {
        VirtualMachine?.Put();
        VirtualMachine = null;
    }

    // vfio_df_check_token.
    private Errno CheckToken(KernelTask task, VfioDeviceBindIommufd bind)
    {
        if ((bind.Flags & VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN) == 0)
        {
            return Driver.MatchToken(null);
        }

        Span<byte> uuid = stackalloc byte[16];
        Errno error = task.Memory.CopyIn(bind.TokenUuidPtr, uuid);
        return error == Errno.None ? Driver.MatchToken(new Guid(uuid, bigEndian: true)) : error;
    }

    // iommufd_ctx_from_fd: EBADF not open, EBADFD another kind of file.
    private Errno IommufdFromFd(KernelTask task, int fd, out IommufdFile? iommufd)
    {
        OpenFile? file = task.Files.Get(fd);
        iommufd = file as IommufdFile;
        if (iommufd is not null)
        {
            return Errno.None;
        }

        if (file is not null)
        {
            file.Put();
            return Errno.EBADFD;
        }

        return task.IsOpen(fd, Module.Host) ? Errno.EBADFD : Errno.EBADF;
    }

    // vfio_df_open and vfio_df_device_first_open.
    private Errno OpenLocked(VfioDeviceFile file, IommufdFile? iommufd, KernelTask task)
    {
        if (_openCount != 0)
        {
            _openCount++;
            return Errno.None;
        }

        if (Driver.Migration is { } migration)
        {
            migration.PrecopyInfoV2 = false;
        }

        Errno error = iommufd is null ? file.Group!.UseContainer(task)
            : Group.IsNoIommu ? Errno.None
            : IommufdDevice.Bind(iommufd, Device, out _iommufdDevice);
        if (error != Errno.None)
        {
            return error;
        }

        error = Driver.OpenDevice();
        if (error != Errno.None)
        {
            UnuseIommu(iommufd);
            return error;
        }

        _openCount = 1;
        return Errno.None;
    }

    // True when this was the last file. The group's container use is given up by the caller, whose file reference goes with it.
    private bool CloseLocked(IommufdFile? iommufd)
    {
        if (--_openCount != 0)
        {
            return false;
        }

        Driver.CloseDevice();
        if (iommufd is not null)
        {
            UnbindIommufd();
        }

        return true;
    }

    private void UnuseIommu(IommufdFile? iommufd)
    {
        if (iommufd is not null)
        {
            UnbindIommufd();
        }
        else
        {
            // The caller holds the group's file through its descriptor, so this put is never the last.
            Group.UnuseContainer()?.Put();
        }
    }
}
