using System.Buffers.Binary;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A host that keeps its doorbells in memory and stores to a register only where the controller's event index asks it to (Base specification 1.4, 7.13).</summary>
public sealed class NvmeShadowDoorbellTests : IDisposable
{
    private const ulong Shadow = NvmeHost.Data + 0x2000;
    private const ulong EventIndexes = NvmeHost.Data + 0x3000;
    private const ulong Tail = 8;
    private const ulong Head = 12;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly NvmeHost _host = new(interrupts: true);
    private uint _count;
    private uint _rung;

    public NvmeShadowDoorbellTests() => Assert.Equal(0, _host.DoAdmin(static command =>
    {
        command[0] = 0x7c;
        BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Shadow);
        BinaryPrimitives.WriteUInt64LittleEndian(command[32..], EventIndexes);
    }));

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Every_command_is_found_although_registers_are_stored_to_only_when_asked()
    {
        // Some at once, some after the controller has gone to rest.
        for (int i = 0; i < 40; i++)
        {
            Submit();
            Await();
            Store(Head, _count);
            if (i % 10 == 9)
            {
                Thread.Sleep(5);
            }
        }

        Assert.True(_rung > 0);
    }

    [Fact]
    public void The_line_goes_down_when_the_host_has_taken_what_waited()
    {
        for (int i = 0; i < 40; i++)
        {
            Submit();
            Await();
            Assert.True(SpinWait.SpinUntil(() => _host.Controller.IntxAsserted, s_longest), "The line did not go up.");
            Store(Head, _count);
            Assert.True(SpinWait.SpinUntil(() => !_host.Controller.IntxAsserted, s_longest), "The line did not go down.");
        }
    }

    private void Submit()
    {
        ulong entry = NvmeHost.Submissions + (_count % NvmeHost.Entries * 64);
        _host.Put(entry, 0x02 | ((ulong)_count << 16) | (1UL << 32));
        _host.Put(entry + 24, NvmeHost.Data);
        _count++;
        Store(Tail, _count);
    }

    private void Await()
    {
        ulong phase = ((_count - 1) / NvmeHost.Entries & 1) ^ 1;
        ulong answer = NvmeHost.Completions + ((_count - 1) % NvmeHost.Entries * 16) + 8;
        Assert.True(SpinWait.SpinUntil(() => ((_host.Get(answer) >> 48) & 1) == phase, s_longest), $"Command {_count} was not found.");
        Assert.Equal((ushort)(_count - 1), (ushort)(_host.Get(answer) >> 32));
    }

    // As Linux' nvme_dbbuf_update_and_check_event does.
    private void Store(ulong doorbell, uint count)
    {
        uint value = count % NvmeHost.Entries;
        ushort before = (ushort)_host.Get(Shadow + doorbell);
        _host.Put32(Shadow + doorbell, value);
        Interlocked.MemoryBarrier();
        ushort asked = (ushort)_host.Get(EventIndexes + doorbell);
        if ((ushort)(value - asked - 1) < (ushort)(value - before))
        {
            _rung++;
            _host.Write32(0x1000 + doorbell, value);
        }
    }
}
