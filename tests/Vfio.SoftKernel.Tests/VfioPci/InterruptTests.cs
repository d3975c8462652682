using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>Interrupts and doorbells that need somebody to wait for them; the errnos are in the recorded cases.</summary>
public sealed class InterruptTests : IDisposable
{
    private const uint Enable = VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER;
    private const uint UnmaskBy = VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD | VfioUapi.VFIO_IRQ_SET_ACTION_UNMASK;

    private readonly EduMachine _machine = new();
    private readonly int _device;
    private readonly int _event;

    public InterruptTests()
    {
        _device = _machine.OpenBound();
        _event = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
    }

    [Fact]
    public void An_unmask_eventfd_lets_the_next_interrupt_through()
    {
        int unmask = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, _event));
        Assert.Equal(0, _machine.SetIrqs(_device, 0, UnmaskBy, unmask));

        _machine.Write32(_device, 0x60, 1);
        Assert.Equal(1u, _machine.Wait(_event));
        _machine.Signal(unmask);
        // The line is still asserted: it comes again.
        Assert.Equal(1u, _machine.Wait(_event));

        _machine.Write32(_device, 0x64, 1);
        _machine.Signal(unmask);
        Assert.True(SpinWait.SpinUntil(() => (_machine.Soft.Devices.Single(d => d.Name == _machine.Edu.Address.ToString()).Model.Config.Get16(4) & 0x400) == 0,
            TimeSpan.FromSeconds(30)));
        _machine.Write32(_device, 0x60, 1);
        Assert.Equal(1u, _machine.Wait(_event));
    }

    [Fact]
    public void An_interrupt_asserted_before_intx_is_on_comes_as_it_is_turned_on()
    {
        _machine.Write32(_device, 0x60, 1);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, _event));
        Assert.Equal(1u, _machine.Wait(_event));
    }

    [Fact]
    public void An_ioeventfd_stores_to_the_register_each_time()
    {
        int doorbell = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, _event));
        var set = new VfioDeviceIoeventfd { Argsz = 32, Flags = VfioUapi.VFIO_DEVICE_IOEVENTFD_32, Offset = 0x60, Data = 8, Fd = doorbell };
        Assert.Equal(0, _machine.Calls.Ioctl(_device, VfioUapi.VFIO_DEVICE_IOEVENTFD, StructBytes.AsBytes(ref set)));
        _machine.Signal(doorbell);
        Assert.Equal(1u, _machine.Wait(_event));
        Assert.Equal(8u, _machine.Read32(_device, 0x24));
    }

    [Fact]
    public void A_closed_device_signals_nothing_and_holds_no_eventfd()
    {
        int kept = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, kept));
        _machine.Calls.Close(_device);
        int again = _machine.OpenBound();
        _machine.Write32(again, 0x60, 1);
        Assert.False(_machine.IsSignalled(kept));
    }

    [Fact]
    public void Closing_turns_bus_mastering_and_msi_off()
    {
        Assert.Equal(0, _machine.SetIrqs(_device, 1, Enable, _event));
        _machine.Write32(_device, EduMachine.Config + 4, 6);
        Hardware.Pci.PciModel model = _machine.Soft.Devices.Single(d => d.Name == _machine.Edu.Address.ToString()).Model;
        Assert.True(model.Dma.BusMaster);
        Assert.Equal(0x81, model.Config.Get8(0x42));
        _machine.Calls.Close(_device);
        Assert.False(model.Dma.BusMaster);
        Assert.Equal(0x80, model.Config.Get8(0x42));
    }

    [Fact]
    public void The_users_eventfd_may_be_closed_after_it_was_given()
    {
        int own = _machine.Calls.Dup(_event);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, own));
        _machine.Calls.Close(own);
        _machine.Write32(_device, 0x60, 1);
        Assert.Equal(1u, _machine.Wait(_event));
    }

    public void Dispose() => _machine.Dispose();
}
