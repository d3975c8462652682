using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>Migration v2 on edu. No guest reaches it; each rule's source is named in the type that keeps it.</summary>
public sealed class MigrationTests : IDisposable
{
    private const uint Get = VfioUapi.VFIO_DEVICE_FEATURE_GET;
    private const uint Set = VfioUapi.VFIO_DEVICE_FEATURE_SET;
    private const uint Probe = VfioUapi.VFIO_DEVICE_FEATURE_PROBE;
    private const uint Stop = VfioUapi.VFIO_DEVICE_STATE_STOP;
    private const uint Running = VfioUapi.VFIO_DEVICE_STATE_RUNNING;
    private const uint StopCopy = VfioUapi.VFIO_DEVICE_STATE_STOP_COPY;
    private const uint Resuming = VfioUapi.VFIO_DEVICE_STATE_RESUMING;
    private const uint RunningP2p = VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P;
    private const uint PreCopy = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY;

    private readonly EduMachine _machine = EduMachine.Migratable();
    private readonly int _device;

    public MigrationTests()
    {
        _device = _machine.OpenBound();
        Assert.Equal(2, _machine.Calls.Pwrite(_device, [6, 0], EduMachine.Config + 4));
    }

    [Fact]
    public void Without_it_every_migration_and_logging_feature_is_ENOTTY_and_the_precopy_one_EINVAL()
    {
        using var machine = new EduMachine();
        int device = machine.OpenBound();
        foreach (uint feature in (uint[])[VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION, VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,
            VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_START, VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT])
        {
            Assert.Equal(-(int)Errno.ENOTTY, machine.Feature(device, Get | Probe | feature, new byte[64]));
        }

        Assert.Equal(-(int)Errno.EINVAL, machine.Feature(device, Set | Probe | VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, default));
    }

    [Fact]
    public void Its_features_are_told_and_a_probe_knows_which_ways_there_are()
    {
        byte[] flags = new byte[8];
        Assert.Equal(0, _machine.Feature(_device, Get | VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION, flags));
        Assert.Equal(7ul, BitConverter.ToUInt64(flags));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Get | VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION, new byte[7]));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION, flags));
        Assert.Equal(0, _machine.Feature(_device, Get | Set | Probe | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, default));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Set | Probe | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, default));
        Assert.Equal(0, _machine.Feature(_device, Get | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, flags));
        Assert.Equal(0, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, default));
    }

    [Fact]
    public void A_device_starts_running_and_a_state_it_has_not_is_EINVAL_with_no_descriptor()
    {
        Assert.Equal((0, Running, -1), Query());
        Assert.Equal((-(int)Errno.EINVAL, 0u, -1), Go(0));
        Assert.Equal((-(int)Errno.EINVAL, 8u, -1), Go(8));
        Assert.Equal((-(int)Errno.EINVAL, 99u, -1), Go(99));
        Assert.Equal((0, Running, -1), Go(Running));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Get | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, new byte[7]));
    }

    [Fact]
    public void Its_whole_state_moves_to_another_device()
    {
        _machine.Write32(_device, 0x04, 0x12345678);
        _machine.Write32(_device, 0x08, 5);
        Assert.True(SpinWait.SpinUntil(() => _machine.Read32(_device, 0x08) == 120, TimeSpan.FromSeconds(30)));
        _machine.Write32(_device, 0x60, 0x20);
        byte[] stream = Save();

        using EduMachine other = EduMachine.Migratable();
        int device = other.OpenBound();
        int load = Go(other, device, Resuming).Fd;
        Assert.True(load >= 0);
        // In pieces, as a network brings them.
        for (int at = 0; at < stream.Length; at += 1000)
        {
            int piece = Math.Min(1000, stream.Length - at);
            Assert.Equal(piece, other.Calls.Write(load, stream.AsSpan(at, piece)));
        }

        Assert.Equal(0, Go(other, device, Running).Result);
        foreach (int register in (int[])[0x04, 0x08, 0x20, 0x24, 0x80, 0x88, 0x90, 0x98])
        {
            Assert.Equal(_machine.Read32(_device, register), other.Read32(device, register));
        }

        Assert.Equal(~0x12345678u, other.Read32(device, 0x04));
        Assert.Equal(0x20u, other.Read32(device, 0x24));
    }

    [Fact]
    public void A_transfer_that_waits_is_moved_and_done_by_the_other_device()
    {
        Assert.Equal(0, Go(RunningP2p).Result);
        _machine.StartTransfer(_device, 0x40000, 0x100000, 8, 3);
        Assert.Equal(3u, _machine.Read32(_device, 0x98));
        byte[] stream = Save();

        using EduMachine other = EduMachine.Migratable();
        int device = other.OpenBound();
        int load = Go(other, device, Resuming).Fd;
        Assert.Equal(stream.Length, other.Calls.Write(load, stream));
        Assert.Equal(0, Go(other, device, RunningP2p).Result);
        Assert.Equal(3u, other.Read32(device, 0x98));
        Assert.Equal(0, Go(other, device, Running).Result);
        Assert.True(SpinWait.SpinUntil(() => (other.Read32(device, 0x98) & 1) == 0, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void A_stopped_stream_ends_for_good_and_is_readable_at_its_end_and_never_writable()
    {
        int save = Go(StopCopy).Fd;
        Assert.Equal(PollEvents.In, Polled(save));
        Assert.Equal(-(int)Errno.ESPIPE, _machine.Calls.Pread(save, new byte[4], 0));
        Assert.Equal(-(int)Errno.EBADF, _machine.Calls.Write(save, new byte[4]));
        Assert.Equal(-(int)Errno.EINVAL, PrecopyInfo(save, 24).Result);
        Assert.True(ReadAll(save).Length > 4096);
        Assert.Equal(0, _machine.Calls.Read(save, new byte[4]));
        Assert.Equal(PollEvents.In, Polled(save));
        Assert.Equal(0, Go(Stop).Result);
        Assert.Equal(-(int)Errno.ENODEV, _machine.Calls.Read(save, new byte[4]));
        Assert.Equal(PollEvents.In, Polled(save));
    }

    [Fact]
    public void Leaving_a_stream_for_precopy_is_EINVAL()
    {
        Go(StopCopy);
        Assert.Equal((-(int)Errno.EINVAL, PreCopy, -1), Go(PreCopy));
        Assert.Equal((0, StopCopy, -1), Query());
    }

    [Fact]
    public void The_end_of_precopy_is_ENOMSG_until_there_is_more()
    {
        int save = Go(PreCopy).Fd;
        (int result, VfioPrecopyInfo info) = PrecopyInfo(save, 24);
        Assert.Equal(0, result);
        Assert.True(info.InitialBytes > 4096 && info.DirtyBytes == 0);
        Assert.Equal(100, _machine.Calls.Read(save, new byte[100]));
        Assert.Equal(info.InitialBytes - 100, PrecopyInfo(save, 24).Info.InitialBytes);
        Assert.Equal((int)info.InitialBytes - 100, ReadAll(save).Length);
        Assert.Equal(-(int)Errno.ENOMSG, _machine.Calls.Read(save, new byte[4]));
        Assert.Equal(PollEvents.None, Polled(save));
        Assert.Equal((0ul, 0ul), (PrecopyInfo(save, 24).Info.InitialBytes, PrecopyInfo(save, 24).Info.DirtyBytes));

        _machine.Write32(_device, 0x04, 1);
        Assert.Equal((0ul, info.InitialBytes), (PrecopyInfo(save, 24).Info.InitialBytes, PrecopyInfo(save, 24).Info.DirtyBytes));
        Assert.Equal(PollEvents.In, Polled(save));
        Assert.Equal((int)info.InitialBytes, ReadAll(save).Length);
        Assert.Equal(-(int)Errno.ENOMSG, _machine.Calls.Read(save, new byte[4]));
    }

    [Fact]
    public void Precopy_goes_on_into_stop_copy_on_the_same_stream_and_the_last_state_counts()
    {
        int save = Go(PreCopy).Fd;
        byte[] before = ReadAll(save);
        _machine.Write32(_device, 0x04, 0xff);
        Assert.Equal((0, StopCopy, -1), Go(StopCopy));
        byte[] after = ReadAll(save);
        Assert.Equal(before.Length, after.Length);

        Assert.Equal(0, Go(Running).Result);
        _machine.Write32(_device, 0x04, 0);
        int load = Go(Resuming).Fd;
        Assert.Equal(before.Length, _machine.Calls.Write(load, before));
        Assert.Equal(after.Length, _machine.Calls.Write(load, after));
        Assert.Equal(0, Go(Running).Result);
        Assert.Equal(~0xffu, _machine.Read32(_device, 0x04));
    }

    [Fact]
    public void Precopy_info_wants_its_struct_and_clears_the_flags_only_for_who_knows_them()
    {
        int save = Go(PreCopy).Fd;
        Assert.Equal(-(int)Errno.EINVAL, PrecopyInfo(save, 23).Result);
        Assert.Equal(-(int)Errno.ENOTTY, _machine.Calls.Ioctl(save, VfioUapi.VFIO_DEVICE_GET_INFO, 0));
        Assert.Equal(-(int)Errno.EFAULT, _machine.Calls.Ioctl(save, VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, 8));
        Assert.Equal(0x55u, PrecopyInfo(save, 24).Info.Flags);
        Assert.Equal(0, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, default));
        Assert.Equal(0u, PrecopyInfo(save, 24).Info.Flags);
        _machine.Calls.Close(_device);
        int again = _machine.OpenBound();
        Assert.Equal(0x55u, PrecopyInfo(Go(_machine, again, PreCopy).Fd, 24).Info.Flags);
    }

    [Fact]
    public void A_foreign_or_cut_stream_is_EINVAL_and_the_device_goes_on_waiting_for_a_whole_one()
    {
        byte[] stream = Save();
        Assert.Equal(0, Go(Running).Result);
        int load = Go(Resuming).Fd;
        Assert.Equal(-(int)Errno.EBADF, _machine.Calls.Read(load, new byte[4]));
        Assert.Equal(-(int)Errno.ESPIPE, _machine.Calls.Pwrite(load, new byte[4], 0));
        Assert.Equal(-(int)Errno.ENOTTY, _machine.Calls.Ioctl(load, VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, 0));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Calls.Write(load, new byte[100]));
        Assert.Equal(100, _machine.Calls.Write(load, stream.AsSpan(0, 100)));
        Assert.Equal((-(int)Errno.EINVAL, Stop, -1), Go(Stop));
        Assert.Equal((0, Resuming, -1), Query());
        Assert.Equal(stream.Length - 100, _machine.Calls.Write(load, stream.AsSpan(100)));
        Assert.Equal(0, Go(Stop).Result);
        Assert.Equal(-(int)Errno.ENODEV, _machine.Calls.Write(load, new byte[4]));
    }

    [Fact]
    public void A_damaged_state_is_refused_and_changes_nothing()
    {
        byte[] stream = Save();
        stream[8] ^= 1;
        _machine.Write32(_device, 0x04, 7);
        int load = Go(Resuming).Fd;
        Assert.Equal(stream.Length, _machine.Calls.Write(load, stream));
        Assert.Equal(-(int)Errno.EINVAL, Go(Stop).Result);
        Assert.Equal(~7u, _machine.Read32(_device, 0x04));
    }

    [Fact]
    public void Nothing_written_loads_nothing()
    {
        _machine.Write32(_device, 0x04, 7);
        Go(Resuming);
        Assert.Equal(0, Go(Running).Result);
        Assert.Equal(~7u, _machine.Read32(_device, 0x04));
    }

    [Fact]
    public void A_stopped_device_neither_transfers_nor_interrupts_until_it_runs_again()
    {
        int raised = _machine.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        Assert.Equal(0, _machine.SetIrqs(_device, 0, 0x24, raised));
        Assert.Equal(0, Go(Stop).Result);
        _machine.Write32(_device, 0x08, 4);
        Assert.Equal(4u, _machine.Read32(_device, 0x08));
        _machine.Write32(_device, 0x60, 1);
        Assert.False(_machine.IsSignalled(raised));
        Assert.Equal(0, Go(Running).Result);
        Assert.Equal(1u, _machine.Wait(raised));
        Assert.True(SpinWait.SpinUntil(() => _machine.Read32(_device, 0x08) == 24, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Closing_the_device_ends_its_stream_and_the_next_opens_it_running()
    {
        int save = Go(StopCopy).Fd;
        _machine.Calls.Close(_device);
        Assert.Equal(-(int)Errno.ENODEV, _machine.Calls.Read(save, new byte[4]));
        Assert.Equal((0, Running, -1), Query(_machine, _machine.OpenBound()));
    }

    [Fact]
    public void A_descriptor_that_cannot_be_told_is_taken_back_though_the_state_has_changed()
    {
        nint memory = _machine.Calls.Mmap(4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        byte[] argument = [16, 0, 0, 0, 2, 0, 2, 0, (byte)StopCopy, 0, 0, 0, 0, 0, 0, 0];
        int file = _machine.Calls.MemfdCreate("argument", MemfdFlags.None);
        _machine.Calls.Ftruncate(file, 4096);
        _machine.Calls.Pwrite(file, argument, 0);
        // Readable, not writable: the answer is EFAULT.
        nint fixedCopy = _machine.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, file, 0);
        int open = _machine.Calls.FindLeaks().Count;
        Assert.Equal(-(int)Errno.EFAULT, _machine.Calls.Ioctl(_device, VfioUapi.VFIO_DEVICE_FEATURE, (nuint)fixedCopy));
        Assert.Equal(open, _machine.Calls.FindLeaks().Count);
        Assert.Equal(StopCopy, Query().State);
        _machine.Calls.Munmap(memory, 4096);
    }

    public void Dispose() => _machine.Dispose();

    private byte[] Save()
    {
        int save = Go(StopCopy).Fd;
        byte[] stream = ReadAll(save);
        Assert.Equal(0, Go(Stop).Result);
        _machine.Calls.Close(save);
        return stream;
    }

    private byte[] ReadAll(int fd)
    {
        var all = new List<byte>();
        byte[] buffer = new byte[999];
        nint read;
        while ((read = _machine.Calls.Read(fd, buffer)) > 0)
        {
            all.AddRange(buffer.AsSpan(0, (int)read));
        }

        return [.. all];
    }

    private PollEvents Polled(int fd)
    {
        PollFd[] fds = [new PollFd(fd, PollEvents.In | PollEvents.Out)];
        _machine.Calls.Poll(fds, 0);
        return fds[0].Returned;
    }

    private (int Result, VfioPrecopyInfo Info) PrecopyInfo(int fd, uint argsz)
    {
        var info = new VfioPrecopyInfo { Argsz = argsz, Flags = 0x55 };
        int result = _machine.Calls.Ioctl(fd, VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, StructBytes.AsBytes(ref info));
        return (result, info);
    }

    private (int Result, uint State, int Fd) Query() => Query(_machine, _device);

    private (int Result, uint State, int Fd) Go(uint state) => Go(_machine, _device, state);

    private static (int Result, uint State, int Fd) Query(EduMachine machine, int device) => Call(machine, device, Get, 77);

    private static (int Result, uint State, int Fd) Go(EduMachine machine, int device, uint state) => Call(machine, device, Set, state);

    private static (int Result, uint State, int Fd) Call(EduMachine machine, int device, uint way, uint state)
    {
        var data = new VfioDeviceFeatureMigState { DeviceState = state, DataFd = 77 };
        int result = machine.Feature(device, way | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, StructBytes.AsBytes(ref data));
        return (result, data.DeviceState, data.DataFd);
    }
}
