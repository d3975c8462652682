using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Library;

/// <summary>The library moves a device's state from one machine to another; no hardware here can.</summary>
public sealed class MigrationStreamTests : IDisposable
{
    private const ulong Liveness = 4;
    private const ulong DmaSource = 0x80;
    private const ulong DmaDestination = 0x88;
    private const ulong DmaCount = 0x90;
    private const ulong DmaCommand = 0x98;

    private readonly EduMachine _from = EduMachine.Migratable();
    private readonly EduMachine _to = EduMachine.Migratable();
    private readonly VfioDevice _source;
    private readonly VfioDevice _target;

    public MigrationStreamTests()
    {
        _source = new VfioHost(_from.Calls).Open(_from.Edu.Address);
        _target = new VfioHost(_to.Calls).Open(_to.Edu.Address);
        foreach (VfioDevice device in new[] { _source, _target })
        {
            device.Config.Write16(4, 6);
        }
    }

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
        _from.Dispose();
        _to.Dispose();
    }

    [Fact]
    public void A_stopped_devices_state_goes_on_in_another()
    {
        _source.Bars[0].Write32(Liveness, 0x1234_5678);
        DeviceMigration from = _source.Migration!;
        DeviceMigration to = _target.Migration!;
        Assert.True(from.Capabilities.HasFlag(MigrationCapabilities.StopCopy | MigrationCapabilities.PreCopy));
        Assert.Equal(MigrationState.Running, from.State);
        using (MigrationStream read = from.Save())
        using (MigrationStream written = to.Resume())
        {
            Assert.Equal((MigrationState.StopCopy, MigrationState.Resuming), (from.State, to.State));
            read.CopyTo(written);
            Assert.False(read.IsPaused);
        }

        from.State = MigrationState.Stop;
        to.State = MigrationState.Running;
        Assert.Equal(MigrationState.Running, to.State);
        Assert.Equal(~0x1234_5678u, _target.Bars[0].Read32(Liveness));
    }

    [Fact]
    public async Task A_running_devices_state_is_read_until_it_pauses_and_ends_when_it_is_stopped()
    {
        DeviceMigration from = _source.Migration!;
        DeviceMigration to = _target.Migration!;
        from.EnablePrecopyReinit();
        using MigrationStream read = from.Save(preCopy: true);
        using MigrationStream written = to.Resume();
        Assert.Equal(MigrationState.PreCopy, from.State);
        Assert.True(read.GetPrecopyInfo().InitialBytes > 0);
        byte[] buffer = new byte[512];
        int count;
        while ((count = await read.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            await written.WriteAsync(buffer.AsMemory(0, count), TestContext.Current.CancellationToken);
        }

        Assert.True(read.IsPaused);
        Assert.Equal(0ul, read.GetPrecopyInfo().InitialBytes);

        // What changes from here on comes after the stop, by the same stream.
        _source.Bars[0].Write32(Liveness, 0x55aa);
        from.State = MigrationState.StopCopy;
        Assert.Throws<VfioException>(() => read.GetPrecopyInfo());
        while ((count = await read.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            await written.WriteAsync(buffer.AsMemory(0, count), TestContext.Current.CancellationToken);
        }

        Assert.False(read.IsPaused);
        to.State = MigrationState.Running;
        Assert.Equal(~0x55aau, _target.Bars[0].Read32(Liveness));
    }

    [Fact]
    public void A_state_of_something_else_is_refused_as_it_is_written()
    {
        using MigrationStream written = _target.Migration!.Resume();
        Assert.Equal(Errno.EINVAL, Assert.Throws<VfioException>(() => written.Write(new byte[16])).Errno);
    }

    [Fact]
    public void A_read_that_waits_for_nothing_that_comes_can_be_cancelled()
    {
        using MigrationStream read = _source.Migration!.Save(preCopy: true);
        using CancellationTokenSource cancel = new();
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => read.ReadAsync(new byte[8], cancel.Token).AsTask().GetAwaiter().GetResult());
    }

    [Fact]
    public void A_device_without_migration_has_none()
    {
        using var machine = new EduMachine();
        using VfioDevice device = new VfioHost(machine.Calls).Open(machine.Edu.Address);
        Assert.Null(device.Migration);
    }

    [Fact]
    public void What_the_device_writes_is_logged_by_the_page()
    {
        using DmaBuffer buffer = _source.AllocateDma(0x10000, iova: 0x10_0000);
        ulong[] bitmap = new ulong[1];
        Assert.Equal(4096ul, _source.StartDmaLogging(4096, new IovaRange(buffer.Iova, buffer.Iova + buffer.Length - 1)));
        Transfer(0x40000, buffer.Iova + 0x3000, 16, 0b11);
        _source.ReadDmaLog(buffer.Iova, buffer.Length, 4096, bitmap);
        Assert.Equal(1ul << 3, bitmap[0]);
        bitmap[0] = 0;
        _source.ReadDmaLog(buffer.Iova, buffer.Length, 4096, bitmap);
        Assert.Equal(0ul, bitmap[0]);
        _source.StopDmaLogging();
        Assert.Throws<VfioException>(() => _source.ReadDmaLog(buffer.Iova, buffer.Length, 4096, bitmap));
    }

    private void Transfer(ulong from, ulong to, uint count, uint command)
    {
        Region registers = _source.Bars[0];
        registers.Write32(DmaSource, (uint)from);
        registers.Write32(DmaDestination, (uint)to);
        registers.Write32(DmaCount, count);
        registers.Write32(DmaCommand, command);
        SpinWait.SpinUntil(() => (registers.Read32(DmaCommand) & 1) == 0);
    }
}
