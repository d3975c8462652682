using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.InProcess;
using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Kvm;

/// <summary>A machine whose edu is on vfio-pci, with a program that knows KVM's calls. An answer is zero or more, or a negative errno.</summary>
internal sealed class KvmMachine : IDisposable
{
    public const ulong Add = KvmUapi.KVM_DEV_VFIO_FILE_ADD;
    public const ulong Delete = KvmUapi.KVM_DEV_VFIO_FILE_DEL;

    private readonly EduMachine _edu;
    private readonly nint _scratch;

    public KvmMachine(string topology = "q35-amd")
    {
        _edu = new EduMachine(topology);
        _scratch = _edu.Memory(4096);
        Kvm = _edu.Open("/dev/kvm");
        Vm = Calls.Ioctl(Kvm, KvmUapi.KVM_CREATE_VM, 0);
        Assert.True(Vm >= 0);
    }

    public EduMachine Edu => _edu;

    public SoftSystemCalls Calls => _edu.Calls;

    public int Kvm { get; }

    public int Vm { get; }

    public bool HasNonCoherentDma => Assert.Single(_edu.Soft.Kvm.Machines).HasNonCoherentDma;

    public int CreateDevice(int vm, out int fd, uint type = KvmUapi.KVM_DEV_TYPE_VFIO, uint flags = 0)
    {
        var create = new KvmCreateDevice { Type = type, Fd = -7, Flags = flags };
        int result = Calls.Ioctl(vm, KvmUapi.KVM_CREATE_DEVICE, StructBytes.AsBytes(ref create));
        fd = create.Fd;
        return result;
    }

    public int CreateDevice()
    {
        Assert.Equal(0, CreateDevice(Vm, out int fd));
        return fd;
    }

    public int Attribute(int device, uint request, uint group, ulong attribute, ulong address = 0, uint flags = 0)
    {
        var argument = new KvmDeviceAttr { Flags = flags, Group = group, Attr = attribute, Addr = address };
        return Calls.Ioctl(device, request, StructBytes.AsBytes(ref argument));
    }

    public int SetFile(int device, ulong attribute, int fd)
    {
        BitConverter.TryWriteBytes(MappedBytes.At(_scratch, 4096), fd);
        return Attribute(device, KvmUapi.KVM_SET_DEVICE_ATTR, KvmUapi.KVM_DEV_VFIO_FILE, attribute, (ulong)_scratch);
    }

    public int OpenDevice() => _edu.Open("/dev/vfio/devices/vfio0");

    public void Dispose() => _edu.Dispose();
}
