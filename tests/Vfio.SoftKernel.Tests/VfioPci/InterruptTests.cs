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

    [Fact]
    public void A_full_counter_stays_full_and_nobody_waits_for_its_reader()
    {
        int full = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(8, _machine.Calls.Write(full, BitConverter.GetBytes(ulong.MaxValue - 1)));
        Assert.Equal(0, _machine.SetIrqs(_device, 1, Enable, full));

        // One that waited would be inside the interrupt's lock, and this would not come back.
        var loop = new VfioIrqSet { Argsz = 20, Flags = VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER, Index = 1, Count = 1 };
        Assert.Equal(0, _machine.Calls.Ioctl(_device, VfioUapi.VFIO_DEVICE_SET_IRQS, StructBytes.AsBytes(ref loop)));
        Assert.Equal(ulong.MaxValue, _machine.Wait(full));
        Assert.Equal(0, _machine.Calls.Ioctl(_device, VfioUapi.VFIO_DEVICE_SET_IRQS, StructBytes.AsBytes(ref loop)));
        Assert.Equal(1u, _machine.Wait(full));
    }

    [Fact]
    public void An_ioeventfd_that_blocks_for_its_user_never_blocks_the_kernel()
    {
        int blocking = _machine.Calls.Eventfd(0, EventfdFlags.None);
        int other = _machine.Calls.Eventfd(0, EventfdFlags.None);
        Assert.Equal(0, SetDoorbell(0x04, 0x1111, blocking));
        Assert.Equal(0, SetDoorbell(0x60, 8, other));
        Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, _event));

        // The user takes the counts away as fast as he gives them: a kernel that read after it had looked would wait here for ever.
        using var done = new CancellationTokenSource();
        var drain = new Thread(() =>
        {
            byte[] count = new byte[8];
            PollFd[] fds = [new PollFd(blocking, PollEvents.In)];
            while (!done.IsCancellationRequested)
            {
                _machine.Calls.Write(blocking, [1, 0, 0, 0, 0, 0, 0, 0]);
                _machine.Calls.Write(blocking, [1, 0, 0, 0, 0, 0, 0, 0]);
                if (_machine.Calls.Poll(fds, 0) == 1)
                {
                    // Another reader may have been faster; one more write lets this one go.
                    _machine.Calls.Write(blocking, [1, 0, 0, 0, 0, 0, 0, 0]);
                    _machine.Calls.Read(blocking, count);
                }
            }
        })
        { IsBackground = true };
        drain.Start();
        for (int i = 0; i < 200; i++)
        {
            _machine.Signal(other);
            Assert.Equal(1u, _machine.Wait(_event));
            _machine.Write32(_device, 0x64, 8);
            Assert.Equal(0, _machine.SetIrqs(_device, 0, VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER));
            Assert.Equal(0, _machine.SetIrqs(_device, 0, Enable, _event));
        }

        done.Cancel();
        Assert.Equal(~0x1111u, _machine.Read32(_device, 0x04));
    }

    [Fact]
    public void Many_ioeventfds_share_one_thread_which_goes_with_the_last()
    {
        int before = Threads();
        var doorbells = new List<int>();
        for (int i = 0; i < 50; i++)
        {
            doorbells.Add(_machine.Calls.Eventfd(0, EventfdFlags.None));
            Assert.Equal(0, SetDoorbell(0x04, (ulong)i, doorbells[i]));
        }

        Assert.True(Threads() <= before + 1, "one thread for all");
        _machine.Signal(doorbells[49]);
        Assert.True(SpinWait.SpinUntil(() => _machine.Read32(_device, 0x04) == ~49u, TimeSpan.FromSeconds(30)));
        for (int i = 0; i < 50; i++)
        {
            Assert.Equal(0, SetDoorbell(0x04, (ulong)i, -1));
        }

        Assert.Equal(-(int)Errno.ENODEV, SetDoorbell(0x04, 0, -1));
        Assert.True(SpinWait.SpinUntil(() => Threads() <= before, TimeSpan.FromSeconds(30)));

        // And comes back.
        Assert.Equal(0, SetDoorbell(0x04, 77, doorbells[0]));
        _machine.Signal(doorbells[0]);
        Assert.True(SpinWait.SpinUntil(() => _machine.Read32(_device, 0x04) == ~77u, TimeSpan.FromSeconds(30)));

        int Threads() => _machine.Soft.Vfio.Events.IsRunning ? 1 : 0;
    }

    [Fact]
    public void An_eventfd_signalled_before_it_is_given_acts_at_once()
    {
        int doorbell = _machine.Calls.Eventfd(3, EventfdFlags.None);
        Assert.Equal(0, SetDoorbell(0x04, 5, doorbell));
        Assert.True(SpinWait.SpinUntil(() => _machine.Read32(_device, 0x04) == ~5u, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Two_callers_that_set_interrupts_at_once_leave_one_of_their_choices()
    {
        int other = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        var callers = new List<Thread>();
        var results = new System.Collections.Concurrent.ConcurrentBag<int>();
        for (int caller = 0; caller < 4; caller++)
        {
            uint index = (uint)(caller & 1);
            int eventfd = caller < 2 ? _event : other;
            var thread = new Thread(() =>
            {
                for (int i = 0; i < 500; i++)
                {
                    results.Add(_machine.SetIrqs(_device, index, Enable, eventfd));
                    results.Add(_machine.SetIrqs(_device, index, VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER));
                }
            });
            thread.Start();
            callers.Add(thread);
        }

        callers.ForEach(static thread => thread.Join());
        Assert.All(results, static result => Assert.True(result is 0 or -(int)Errno.EINVAL, $"{result}"));
        _machine.SetIrqs(_device, 0, VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER);
        _machine.SetIrqs(_device, 1, VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER);
        Hardware.Pci.PciModel model = _machine.Soft.Devices.Single(d => d.Name == _machine.Edu.Address.ToString()).Model;
        Assert.Equal(0x80, model.Config.Get8(0x42));

        // MSI is the one in use, or it is not: what the user may write to its capability says the same.
        Assert.Equal(0, _machine.SetIrqs(_device, 1, Enable, _event));
        _machine.Write32(_device, EduMachine.Config + 0x40, 0x00810005);
        Assert.Equal(0x81, model.Config.Get8(0x42));
    }

    private int SetDoorbell(ulong offset, ulong data, int eventfd)
    {
        var set = new VfioDeviceIoeventfd { Argsz = 32, Flags = VfioUapi.VFIO_DEVICE_IOEVENTFD_32, Offset = offset, Data = data, Fd = eventfd };
        return _machine.Calls.Ioctl(_device, VfioUapi.VFIO_DEVICE_IOEVENTFD, StructBytes.AsBytes(ref set));
    }

    public void Dispose() => _machine.Dispose();
}
