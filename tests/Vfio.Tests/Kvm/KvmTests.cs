using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class KvmTests
{
    private readonly CallRecorder _calls = new();

    [Fact]
    public void A_machine_of_another_version_is_refused()
    {
        _calls.OnIoctl = static (request, _) => request == KvmUapi.KVM_GET_API_VERSION ? 11 : 0;
        Assert.Equal(Errno.ENOSYS, Assert.Throws<VfioException>(() => KvmMachine.Create(new VfioHost(_calls))).Errno);
        Assert.Equal([KvmUapi.KVM_GET_API_VERSION], _calls.Requests);
        Assert.Equal([CallRecorder.OwnFd], _calls.Closed);
    }

    [Fact]
    public void Support_is_asked_without_making_a_device()
    {
        using KvmMachine machine = new(_calls.File());
        Assert.True(KvmVfioDevice.IsSupported(machine));
        Assert.Equal((4u, 1u), (_calls.As<KvmCreateDevice>().Type, _calls.As<KvmCreateDevice>().Flags));
        _calls.OnIoctl = static (_, _) => -(int)Errno.ENODEV;
        Assert.False(KvmVfioDevice.IsSupported(machine));
        _calls.OnIoctl = static (_, _) => -(int)Errno.EIO;
        Assert.Throws<VfioException>(() => KvmVfioDevice.IsSupported(machine));
    }

    [Fact]
    public void A_file_is_added_and_removed_by_its_descriptor()
    {
        using KvmVfioDevice kvm = new(_calls.File());
        using VfioFileHandle file = _calls.File("device", CallRecorder.OwnFd + 5);
        int seen = 0;
        _calls.OnIoctl = (request, argument) =>
        {
            _ = StructBytes.TryRead(argument, out KvmDeviceAttr attribute);
            seen = BitConverter.ToInt32(CallRecorder.At(attribute.Addr, 4));
            return 0;
        };
        kvm.Add(file);
        Assert.Equal((CallRecorder.OwnFd + 5, 1u, 1ul), (seen, _calls.As<KvmDeviceAttr>().Group, _calls.As<KvmDeviceAttr>().Attr));
        kvm.Remove(file);
        Assert.Equal(2ul, _calls.As<KvmDeviceAttr>().Attr);
    }
}
