using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// The VFIO device of a KVM virtual machine: tells KVM which VFIO files the machine uses, so that the guest's cache flushes (WBINVD) are carried out where a device's DMA
/// is not kept coherent. There is one in a machine.
/// </summary>
/// <remarks>
/// A device file must be added before it is bound, a group's file before its first device is opened, or the device's driver never hears of the machine:
/// <see cref="OpenOptions.Kvm"/> does it at the right moment. KVM keeps every file open that was added, so a device that is closed but not removed stays bound. Safe to use from
/// several threads. Only the process that made the machine may use it (EIO).
/// </remarks>
public sealed class KvmVfioDevice : IDisposable
{
    private readonly bool _leaveOpen;
    private readonly Lock _lock = new();

    // How many devices are open for the machine through a file that opening the first of them added. Under the lock, as adding and removing are.
    private readonly Dictionary<VfioFileHandle, int> _users = [];

    /// <summary>Works on a device that somebody else made.</summary>
    /// <param name="handle">Its file: what KVM_CREATE_DEVICE gave.</param>
    /// <param name="leaveOpen">True: <see cref="Dispose"/> does not close <paramref name="handle"/>, it stays the caller's.</param>
    public KvmVfioDevice(VfioFileHandle handle, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handle = handle;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Its file. Owned by this object unless it was made with leaveOpen.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Whether it takes VFIO files (KVM_HAS_DEVICE_ATTR).</summary>
    public bool TakesFiles
    {
        get
        {
            KvmDeviceAttr argument = new() { Group = KvmUapi.KVM_DEV_VFIO_FILE, Attr = KvmUapi.KVM_DEV_VFIO_FILE_ADD };
            int result = Handle.Ioctl(KvmUapi.KVM_HAS_DEVICE_ATTR, ref argument);
            return result != -(int)Errno.ENXIO && Handle.Check(result, nameof(KvmUapi.KVM_HAS_DEVICE_ATTR)) == 0;
        }
    }

    /// <summary>Whether KVM could make one in a machine: it was built with VFIO (KVM_CREATE_DEVICE, TEST). Nothing is made.</summary>
    /// <param name="machine">The machine.</param>
    public static bool IsSupported(KvmMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        KvmCreateDevice argument = new() { Type = KvmUapi.KVM_DEV_TYPE_VFIO, Flags = KvmUapi.KVM_CREATE_DEVICE_TEST };
        int result = machine.Handle.Ioctl(KvmUapi.KVM_CREATE_DEVICE, ref argument);
        return result != -(int)Errno.ENODEV && machine.Handle.Check(result, "KVM_CREATE_DEVICE(TEST)") == 0;
    }

    /// <summary>Makes the machine's one (KVM_CREATE_DEVICE).</summary>
    /// <param name="machine">The machine; not owned.</param>
    /// <exception cref="VfioException">EBUSY: it has one. ENODEV: KVM was built without VFIO.</exception>
    public static KvmVfioDevice Create(KvmMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        KvmCreateDevice argument = new() { Type = KvmUapi.KVM_DEV_TYPE_VFIO };
        machine.Handle.Check(machine.Handle.Ioctl(KvmUapi.KVM_CREATE_DEVICE, ref argument), nameof(KvmUapi.KVM_CREATE_DEVICE));
        return new KvmVfioDevice(new VfioFileHandle(machine.Handle.Calls, argument.Fd, "kvm-vfio"));
    }

    /// <summary>Adds a device's or a group's file, which KVM keeps open from then on (KVM_SET_DEVICE_ATTR, FILE_ADD).</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="VfioException">EEXIST: added already. EINVAL: not a file of VFIO.</exception>
    public void Add(VfioFileHandle file) => Handle.Check(Set(KvmUapi.KVM_DEV_VFIO_FILE_ADD, file), "KVM_SET_DEVICE_ATTR(FILE_ADD)");

    /// <summary>Takes a file out again, and lets go of it (KVM_SET_DEVICE_ATTR, FILE_DEL). Before it is closed: KVM knows it by its descriptor.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="VfioException">ENOENT: not added.</exception>
    public void Remove(VfioFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        lock (_lock)
        {
            _users.Remove(file);
            Handle.Check(Set(KvmUapi.KVM_DEV_VFIO_FILE_DEL, file), "KVM_SET_DEVICE_ATTR(FILE_DEL)");
        }
    }

    /// <summary>Closes the file unless it was left to its owner: KVM lets go of every file that was added.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
        {
            Handle.Dispose();
        }
    }

    /// <summary>
    /// As <see cref="Add"/>, for a device that is opened; until <see cref="Release"/>. The devices of a group share its file, and the first adds it. False where the program has
    /// added it, and will remove it, too.
    /// </summary>
    internal bool TryUse(VfioFileHandle file)
    {
        lock (_lock)
        {
            if (_users.TryGetValue(file, out int users))
            {
                _users[file] = users + 1;
                return true;
            }

            int result = Set(KvmUapi.KVM_DEV_VFIO_FILE_ADD, file);
            if (result == -(int)Errno.EEXIST)
            {
                return false;
            }

            Handle.Check(result, "KVM_SET_DEVICE_ATTR(FILE_ADD)");
            _users.Add(file, 1);
            return true;
        }
    }

    /// <summary>A device that <see cref="TryUse"/> was asked for is closed: the last one's file is removed, unless the program has done so.</summary>
    internal void Release(VfioFileHandle file)
    {
        lock (_lock)
        {
            if (!_users.TryGetValue(file, out int users))
            {
                return;
            }

            if (users > 1)
            {
                _users[file] = users - 1;
            }
            else
            {
                Remove(file);
            }
        }
    }

    private int Set(ulong attribute, VfioFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using HeldDescriptor held = file.Hold();
        KvmDeviceAttr argument = new() { Group = KvmUapi.KVM_DEV_VFIO_FILE, Attr = attribute };
        ReadOnlySpan<int> fd = [held.Fd];
        return Handle.Ioctl(KvmUapi.KVM_SET_DEVICE_ATTR, ref argument, ref argument.Addr, fd);
    }
}
