using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Kvm;

/// <summary>
/// The VFIO device of a virtual machine: the VFIO files the program named, held open, and whether one of them is of a device whose DMA is not kept coherent. Linux:
/// struct kvm_vfio and kvm_device_fops.
/// </summary>
internal sealed class KvmVfio : OpenFile
{
    private readonly HostMemfd _host;
    private readonly VirtualMachine _machine;
    private readonly Lock _lock = new();
    private readonly List<OpenFile> _files = [];
    private bool _nonCoherent;

    /// <summary>A device in <paramref name="machine"/>, which it keeps.</summary>
    public KvmVfio(VirtualMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        machine.Get();
        _machine = machine;
        _host = new HostMemfd(machine.Module.Host, "kvm-vfio");
    }

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.KvmDevice;

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override FileStatus Status { get; } = new() { Mode = 0x180 };

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <summary>kvm_device_ioctl. There is nothing to get: EPERM before the argument is looked at.</summary>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!_machine.IsOf(task))
        {
            return -(int)Errno.EIO;
        }

        return request switch
        {
            KvmUapi.KVM_SET_DEVICE_ATTR => -(int)SetAttribute(task, argument),
            KvmUapi.KVM_GET_DEVICE_ATTR => -(int)Errno.EPERM,
            KvmUapi.KVM_HAS_DEVICE_ATTR => -(int)HasAttribute(argument),
            _ => -(int)Errno.ENOTTY,
        };
    }

    /// <summary>kvm_vfio_release.</summary>
    protected override void Release()
    {
        OpenFile[] files;
        lock (_machine.Lock)
        {
            _machine.VfioDevice = null;
            lock (_lock)
            {
                files = [.. _files];
                _files.Clear();
                foreach (OpenFile file in files)
                {
                    ((IVfioFile)file).SetVirtualMachine(null);
                }

                UpdateCoherency();
            }
        }

        // The last reference closes a device: not under a lock.
        foreach (OpenFile file in files)
        {
            file.Put();
        }

        _machine.Put();
        _host.Close();
    }

    private static bool IsKnown(in KvmDeviceAttr attribute)
        => attribute.Group == KvmUapi.KVM_DEV_VFIO_FILE && attribute.Attr is KvmUapi.KVM_DEV_VFIO_FILE_ADD or KvmUapi.KVM_DEV_VFIO_FILE_DEL;

    private static Errno HasAttribute(UserArgument argument)
    {
        var attribute = default(KvmDeviceAttr);
        Errno fault = argument.CopyIn(0, StructBytes.AsBytes(ref attribute));
        return fault != Errno.None ? fault : IsKnown(attribute) ? Errno.None : Errno.ENXIO;
    }

    // kvm_vfio_set_attr: the flags are nobody's.
    private Errno SetAttribute(KernelTask task, UserArgument argument)
    {
        var attribute = default(KvmDeviceAttr);
        if (argument.CopyIn(0, StructBytes.AsBytes(ref attribute)) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (!IsKnown(attribute))
        {
            return Errno.ENXIO;
        }

        int fd = 0;
        fault = task.Memory.CopyIn(attribute.Addr, StructBytes.AsBytes(ref fd));
        if (fault != Errno.None)
        {
            return fault;
        }

        OpenFile? file = task.Files.Get(fd);
        if (file is null && !task.IsOpen(fd, _machine.Module.Host))
        {
            return Errno.EBADF;
        }

        bool keep = false;
        Errno error = attribute.Attr == KvmUapi.KVM_DEV_VFIO_FILE_ADD ? Add(file, out keep) : Remove(file);
        if (!keep)
        {
            file?.Put();
        }

        return error;
    }

    // kvm_vfio_file_add: the same open file twice is EEXIST, two of the same device are not.
    private Errno Add(OpenFile? file, out bool keep)
    {
        keep = false;
        if (file is not IVfioFile vfio)
        {
            return Errno.EINVAL;
        }

        lock (_lock)
        {
            if (_files.Contains(file))
            {
                return Errno.EEXIST;
            }

            keep = true;
            _files.Add(file);
            vfio.SetVirtualMachine(_machine);
            UpdateCoherency();
            return Errno.None;
        }
    }

    // kvm_vfio_file_del.
    private Errno Remove(OpenFile? file)
    {
        lock (_lock)
        {
            if (file is null || !_files.Remove(file))
            {
                return Errno.ENOENT;
            }

            ((IVfioFile)file).SetVirtualMachine(null);
            UpdateCoherency();
        }

        // The list's reference; the caller's own is still held.
        file.Put();
        return Errno.None;
    }

    // kvm_vfio_update_coherency: every file is asked again, and the machine hears of a change only.
    private void UpdateCoherency()
    {
        bool nonCoherent = _files.Exists(static file => !((IVfioFile)file).EnforcesCoherency);
        if (nonCoherent == _nonCoherent)
        {
            return;
        }

        _nonCoherent = nonCoherent;
        if (nonCoherent)
        {
            _machine.RegisterNonCoherentDma();
        }
        else
        {
            _machine.UnregisterNonCoherentDma();
        }
    }
}
