using System.Globalization;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Kvm;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// An open device, by its node or from its group. By the node it answers EINVAL to everything until it is bound. Linux: struct
/// vfio_device_file, vfio_device_fops.
/// </summary>
/// <param name="device">The device, with a registration taken for this file.</param>
/// <param name="group">The group it was opened from; null: by its node.</param>
/// <param name="status">What fstat says.</param>
internal sealed class VfioDeviceFile(VfioCoreDevice device, VfioGroup? group, FileStatus status) : OpenFile, IVfioFile
{
    private readonly Lock _hostLock = new();
    private int _hostDescriptor = -1;
    private bool _accessGranted;
    private VirtualMachine? _machine;

    /// <summary>The device.</summary>
    public VfioCoreDevice Device { get; } = device;

    /// <summary>The group it was opened from; null: by its node.</summary>
    public VfioGroup? Group { get; } = group;

    /// <inheritdoc/>
    public override bool IsMadeByCall => Group is not null;

    /// <summary>The device is open through this file: bound, or from its group.</summary>
    public bool AccessGranted
    {
        get => Volatile.Read(ref _accessGranted);
        internal set => Volatile.Write(ref _accessGranted, value);
    }

    /// <summary>df->kvm: what binding opens the device for; not held.</summary>
    internal VirtualMachine? VirtualMachine => Volatile.Read(ref _machine);

    /// <inheritdoc/>
    public bool EnforcesCoherency => Device.Device.CanEnforceCoherency;

    /// <inheritdoc/>
    public void SetVirtualMachine(VirtualMachine? machine) => Volatile.Write(ref _machine, machine);

    /// <summary>The iommufd it is open through, held; null through a container.</summary>
    internal IommufdFile? Iommufd { get; set; }

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.Device;

    /// <inheritdoc/>
    public override IReadOnlyList<HeldObject> Held => AccessGranted ? [new HeldObject("device", Device.Device.Name)] : [];

    /// <inheritdoc/>
    public override FileStatus Status { get; } = status;

    /// <summary>A host file of its own on the device's memory, so that every file of a device maps the same BARs.</summary>
    public override int HostDescriptor
    {
        get
        {
            lock (_hostLock)
            {
                if (_hostDescriptor < 0)
                {
                    int memory = Device.Driver.HostDescriptor;
                    if (memory < 0)
                    {
                        return memory;
                    }

                    _hostDescriptor = Device.Module.Host.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{memory}"), OpenFlags.ReadWrite);
                }

                return _hostDescriptor;
            }
        }
    }

    /// <inheritdoc/>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        if (request == VfioUapi.VFIO_DEVICE_BIND_IOMMUFD)
        {
            return -(int)Device.Bind(this, task, argument);
        }

        if (!AccessGranted)
        {
            return -(int)Errno.EINVAL;
        }

        // Attaching is the node's: a device from a group has its container's page tables.
        return request switch
        {
            VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT when Group is null => -(int)Device.Attach(argument),
            VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT when Group is null => -(int)Device.Detach(argument),
            VfioUapi.VFIO_DEVICE_FEATURE => Device.Feature(task, argument),
            _ => Device.Driver.Ioctl(this, task, request, argument),
        };
    }

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, ref long position)
        => AccessGranted ? Device.Driver.Read(buffer, ref position) : -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, ref long position)
        => AccessGranted ? Device.Driver.Write(buffer, ref position) : -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
        => AccessGranted ? Device.Driver.Mmap(length, protection, flags, offset) : -(int)Errno.EINVAL;

    /// <inheritdoc/>
    public override DmaBacking? RegistersAt(ulong offset, ulong length, out ulong start)
    {
        start = 0;
        return AccessGranted ? Device.Driver.RegistersAt(offset, length, out start) : null;
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        if (Group is not null)
        {
            // A file whose open failed was never granted access and holds nothing of the device's.
            if (AccessGranted)
            {
                Group.Close(this);
            }
        }
        else
        {
            Device.Unbind(this);
        }

        if (_hostDescriptor >= 0)
        {
            Device.Module.Host.Close(_hostDescriptor);
        }

        Device.PutRegistration();
    }
}
