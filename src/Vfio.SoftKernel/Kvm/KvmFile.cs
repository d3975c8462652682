using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Kvm;

/// <summary>An open /dev/kvm. Linux: kvm_chardev_ops.</summary>
internal sealed class KvmFile(KvmModule module, FileStatus status) : OpenFile
{
    private readonly HostMemfd _host = new(module.Host, "kvm");

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.Kvm;

    /// <inheritdoc/>
    public override FileStatus Status { get; } = status;

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <summary>kvm_dev_ioctl. Unknown ones are EINVAL, as everything about CPUs is here.</summary>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        ArgumentNullException.ThrowIfNull(task);
        return request switch
        {
            KvmUapi.KVM_GET_API_VERSION when argument.Value == 0 => (int)KvmUapi.KVM_API_VERSION,

            // kvm_is_vm_type_supported: the default type only.
            KvmUapi.KVM_CREATE_VM when argument.Value == 0 => module.CreateMachine(task),
            KvmUapi.KVM_CHECK_EXTENSION => CheckExtension(argument.Value),

            // kvm_x86_dev_get_attr: of the attributes of CPUs there are none.
            KvmUapi.KVM_GET_DEVICE_ATTR or KvmUapi.KVM_HAS_DEVICE_ATTR => -(int)Attribute(argument),
            _ => -(int)Errno.EINVAL,
        };
    }

    /// <summary>kvm_vm_ioctl_check_extension_generic: what this KVM can do and no more; 0 for the rest.</summary>
    internal static int CheckExtension(ulong extension)
    {
        const ulong CheckExtensionOnMachine = 105;
        return extension is KvmUapi.KVM_CAP_DEVICE_CTRL or CheckExtensionOnMachine ? 1 : 0;
    }

    private static Errno Attribute(UserArgument argument)
    {
        var attribute = default(KvmDeviceAttr);
        Errno fault = argument.CopyIn(0, StructBytes.AsBytes(ref attribute));
        return fault != Errno.None ? fault : Errno.ENXIO;
    }

    /// <inheritdoc/>
    protected override void Release() => _host.Close();
}
