using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A KVM virtual machine's file, as far as VFIO needs it. A program that runs guests has one already and gives its handle; <see cref="Create"/> is for the others.
/// </summary>
public sealed class KvmMachine : IDisposable
{
    private readonly bool _leaveOpen;

    /// <summary>A machine that somebody made.</summary>
    /// <param name="handle">Its file: what KVM_CREATE_VM gave.</param>
    /// <param name="leaveOpen">True: <see cref="Dispose"/> does not close <paramref name="handle"/>, it stays the caller's.</param>
    public KvmMachine(VfioFileHandle handle, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handle = handle;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Its file. Owned by this object unless it was made with leaveOpen.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Whether KVM can make devices such as <see cref="KvmVfioDevice"/> in it (KVM_CHECK_EXTENSION, KVM_CAP_DEVICE_CTRL).</summary>
    public bool CanCreateDevices => CheckExtension(KvmUapi.KVM_CAP_DEVICE_CTRL) > 0;

    /// <summary>Makes an empty machine of the default type (open /dev/kvm, KVM_GET_API_VERSION, KVM_CREATE_VM).</summary>
    /// <param name="host">Where.</param>
    /// <exception cref="VfioException">ENOENT: no KVM. EACCES: no permission on the node. ENOSYS: not the version this library speaks.</exception>
    public static KvmMachine Create(VfioHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        using VfioFileHandle kvm = VfioFileHandle.Open(host.Calls, host.PathOf("/dev/kvm"), OpenFlags.ReadWrite);
        int version = kvm.Check(kvm.Ioctl(KvmUapi.KVM_GET_API_VERSION, 0), nameof(KvmUapi.KVM_GET_API_VERSION));
        if (version != KvmUapi.KVM_API_VERSION)
        {
            throw KernelAnswer.Failure(kvm, Errno.ENOSYS, nameof(KvmUapi.KVM_GET_API_VERSION), $"KVM's version is {version}, not {KvmUapi.KVM_API_VERSION}");
        }

        int fd = kvm.Check(kvm.Ioctl(KvmUapi.KVM_CREATE_VM, 0), nameof(KvmUapi.KVM_CREATE_VM));
        return new KvmMachine(new VfioFileHandle(host.Calls, fd, "kvm-vm"));
    }

    /// <summary>What KVM answers about a capability (KVM_CHECK_EXTENSION); 0 for no.</summary>
    /// <param name="capability">KVM_CAP_*.</param>
    public int CheckExtension(uint capability) =>
        Handle.Check(Handle.Ioctl(KvmUapi.KVM_CHECK_EXTENSION, (nuint)capability), nameof(KvmUapi.KVM_CHECK_EXTENSION));

    /// <summary>Closes the file unless it was left to its owner. Devices in it, and VFIO devices opened for it, keep the machine.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
        {
            Handle.Dispose();
        }
    }
}
