using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>The kernel takes a device back. Linux: vfio_unregister_group_dev.</summary>
public sealed class UnbindTests : IDisposable
{
    private readonly EduMachine _machine = new();

    [Fact]
    public async Task Unbinding_an_open_device_asks_its_user_and_waits_for_the_last_close()
    {
        int device = _machine.OpenBound();
        int request = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(0, _machine.SetIrqs(device, VfioUapi.VFIO_PCI_REQ_IRQ_INDEX, 0x24, request));

        Task<int> unbind = Task.Run(() => _machine.WriteFile("/sys/bus/pci/drivers/vfio-pci/unbind", _machine.Edu.Address.ToString()), TestContext.Current.CancellationToken);
        Assert.Equal(1u, _machine.Wait(request));
        Assert.False(unbind.IsCompleted);
        Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Open("/dev/vfio/devices/vfio0", OpenFlags.ReadWrite));
        Assert.Equal(0x010000edu, _machine.Read32(device, 0));

        _machine.Calls.Close(device);
        Assert.Equal(12, await unbind.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(-(int)Errno.ENOENT, _machine.Calls.Open(_machine.Group, OpenFlags.ReadWrite));
    }

    [Fact]
    public void A_device_that_is_gone_leaves_its_number_to_the_next()
    {
        string address = _machine.Edu.Address.ToString();
        Assert.Equal(12, _machine.WriteFile("/sys/bus/pci/drivers/vfio-pci/unbind", address));
        Assert.Equal(12, _machine.WriteFile("/sys/bus/pci/drivers_probe", address));
        _machine.Calls.Close(_machine.OpenBound());
    }

    [Fact]
    public void A_group_file_that_outlives_its_devices_answers_ENODEV()
    {
        int group = _machine.Open(_machine.Group);
        int container = _machine.Open("/dev/vfio/vfio");
        Assert.Equal(12, _machine.WriteFile("/sys/bus/pci/drivers/vfio-pci/unbind", _machine.Edu.Address.ToString()));

        var status = new VfioGroupStatus { Argsz = 8 };
        Assert.Equal(-(int)Errno.ENODEV, _machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_STATUS, StructBytes.AsBytes(ref status)));
        Assert.Equal(-(int)Errno.ENODEV, _machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref container)));
        Assert.Equal(-(int)Errno.ENODEV, _machine.GetDevice(group, _machine.Edu.Address.ToString()));
    }

    [Fact]
    public void Switching_the_machine_off_does_not_wait_and_the_last_close_ends_it()
    {
        int device = _machine.OpenBound();
        _machine.Soft.Dispose();
        Assert.Equal(0x010000edu, _machine.Read32(device, 0));
        Assert.Equal(0, _machine.Calls.Close(device));
    }

    [Fact]
    public async Task A_node_that_is_open_but_not_bound_holds_the_device_too()
    {
        int unbound = _machine.Open("/dev/vfio/devices/vfio0");
        Task<int> unbind = Task.Run(() => _machine.WriteFile("/sys/bus/pci/drivers/vfio-pci/unbind", _machine.Edu.Address.ToString()), TestContext.Current.CancellationToken);
        Assert.True(SpinWait.SpinUntil(() => _machine.Calls.Access("/dev/vfio/devices/vfio0", AccessMode.Exists) == -(int)Errno.ENOENT, TimeSpan.FromSeconds(30)));
        Assert.False(unbind.IsCompleted);
        Assert.Equal(0, _machine.Bind(unbound, _machine.Open("/dev/iommu")));
        Assert.Equal(0, _machine.Calls.Close(unbound));
        Assert.Equal(12, await unbind.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    public void Dispose() => _machine.Dispose();
}
