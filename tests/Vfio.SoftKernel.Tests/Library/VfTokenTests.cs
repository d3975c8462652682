using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Library;

/// <summary>A physical function's user sets a secret, and the virtual functions are opened with it, by either interface.</summary>
public sealed class VfTokenTests : IDisposable
{
    private static readonly PciAddress s_physical = PciAddress.Parse("0000:01:00.0");
    private static readonly PciAddress s_virtual = PciAddress.Parse("0000:01:00.1");
    private static readonly Guid s_token = Guid.Parse("bd8d9d2b-5a5f-4f5a-a211-f591514ba1f3");

    private readonly Machine _machine = new("q35-sriov");
    private readonly VfioHost _host;
    private readonly VfioDevice _owner;

    public VfTokenTests()
    {
        _host = new VfioHost(_machine.Calls);
        _machine.Write("/sys/module/vfio_pci/parameters/enable_sriov", "1");
        _host.Binding.Bind(s_physical, force: true);
        _owner = _host.Open(s_physical);
    }

    public void Dispose()
    {
        _owner.Dispose();
        _machine.Dispose();
    }

    [Theory]
    [InlineData(InterfaceChoice.Device)]
    [InlineData(InterfaceChoice.Group)]
    public void A_virtual_function_is_opened_with_the_secret_and_not_without(InterfaceChoice by)
    {
        Assert.True(_owner.HasFeature(DeviceFeature.VfToken));
        _owner.SetVfToken(s_token);
        Assert.Equal("1", _machine.Write("/sys/bus/pci/devices/0000:01:00.0/sriov_numvfs", "1"));
        DevicePolicy policy = new(by);
        Assert.Equal(Errno.EACCES, Assert.Throws<VfioException>(() => _host.Open(s_virtual, policy)).Errno);
        Assert.Equal(Errno.EACCES, Assert.Throws<VfioException>(() => _host.Open(s_virtual, policy, new OpenOptions { VfToken = Guid.NewGuid() })).Errno);
        using VfioDevice opened = _host.Open(s_virtual, policy, new OpenOptions { VfToken = s_token });
        Assert.Equal(by == InterfaceChoice.Device ? VfioInterface.Device : VfioInterface.Group, opened.Interface);
    }
}
