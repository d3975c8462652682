using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Kvm;

/// <summary>An open virtual machine. Linux: kvm_vm_fops.</summary>
/// <param name="machine">The machine; one of its users is this file.</param>
internal sealed class VirtualMachineFile(VirtualMachine machine) : OpenFile
{
    private const uint CreateVcpu = 0xAE41;
    private readonly HostMemfd _host = new(machine.Module.Host, "kvm-vm");

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.KvmMachine;

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override FileStatus Status { get; } = new() { Mode = 0x180 };

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <summary>kvm_vm_ioctl: EIO to every process but the one that made the machine.</summary>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (!machine.IsOf(task))
        {
            return -(int)Errno.EIO;
        }

        return request switch
        {
            KvmUapi.KVM_CREATE_DEVICE => -(int)CreateDevice(task, argument),
            KvmUapi.KVM_CHECK_EXTENSION => KvmFile.CheckExtension(argument.Value),

            // kvm_vm_ioctl_create_vcpu, where every number is beyond the most there may be.
            CreateVcpu => -(int)Errno.EINVAL,
            _ => -(int)Errno.ENOTTY,
        };
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        machine.Put();
        _host.Close();
    }

    // kvm_ioctl_create_device: flags other than TEST are nobody's.
    private Errno CreateDevice(KernelTask task, UserArgument argument)
    {
        var create = default(KvmCreateDevice);
        if (argument.CopyIn(0, StructBytes.AsBytes(ref create)) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (create.Type != KvmUapi.KVM_DEV_TYPE_VFIO)
        {
            return Errno.ENODEV;
        }

        if ((create.Flags & KvmUapi.KVM_CREATE_DEVICE_TEST) == 0)
        {
            KvmVfio? device;
            lock (machine.Lock)
            {
                if (machine.VfioDevice is not null)
                {
                    return Errno.EBUSY;
                }

                device = machine.VfioDevice = new KvmVfio(machine);
            }

            int fd = task.Files.Install(device);
            if (fd < 0)
            {
                return (Errno)(-fd);
            }

            create.Fd = fd;
        }

        return argument.CopyOut(0, StructBytes.AsBytes(ref create));
    }
}
