using System.Buffers.Binary;
using Vfio.Hardware.Models;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A driver that means harm: whatever it writes, the controller answers, or stops and says so, and its thread goes on.</summary>
public sealed class NvmeHostileDriverTests : IDisposable
{
    private readonly NvmeHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void A_list_of_pages_that_leads_to_itself_ends_the_command()
    {
        // The last entry of a page, which leads to the next page of the list: to itself.
        ulong last = NvmeHost.Data + 0x1000 - 8;
        _host.Put(last, last);
        Assert.NotEqual(0, _host.Do(command =>
        {
            command[0] = 0x02;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], NvmeHost.Data + 0x2000);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], last);
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 63);
        }));
        Assert.Equal(0, _host.ReadOne());
    }

    [Fact]
    public void A_list_of_pages_may_begin_at_the_last_entry_of_one()
    {
        ulong last = NvmeHost.Data + 0x1000 - 8;
        _host.Put(last, NvmeHost.Data + 0x3000);
        for (ulong i = 0; i < 7; i++)
        {
            _host.Put(NvmeHost.Data + 0x3000 + (i * 8), NvmeHost.Data + 0x4000 + (i * 0x1000));
        }

        _host.Store.TryWrite(4096 * 7, [1, 2, 3, 4]);
        Assert.Equal(0, _host.Do(command =>
        {
            command[0] = 0x02;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], NvmeHost.Data + 0x2000);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], last);
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 63);
        }));
        Assert.Equal(0x04030201u, (uint)_host.Get(NvmeHost.Data + 0x4000 + (6 * 0x1000)));
    }

    [Fact]
    public void A_bucket_is_of_no_length_where_blocks_are_written()
    {
        _host.Put(NvmeHost.Data, 0);
        _host.Put(NvmeHost.Data + 8, 512 | (0x10UL << 56));
        _host.Put(NvmeHost.Data + 16, NvmeHost.Data + 0x1000);
        _host.Put(NvmeHost.Data + 24, 512);
        _host.Put(NvmeHost.Data + 0x1000, 0x1122334455667788);
        Assert.Equal(0, _host.Do(command =>
        {
            command[0] = 0x01;
            command[1] = 0x40;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], NvmeHost.Data);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], 32 | (0x30UL << 56));
        }));
        Assert.Equal(0, _host.ReadOne());
        Assert.Equal(0x1122334455667788u, _host.Get(NvmeHost.Data));
    }

    [Fact]
    public void A_chain_of_sgl_segments_without_data_ends_the_command()
    {
        // One segment of one descriptor: that segment again.
        _host.Put(NvmeHost.Data, NvmeHost.Data);
        _host.Put(NvmeHost.Data + 8, 16 | (0x20UL << 56));
        Assert.NotEqual(0, _host.Do(command =>
        {
            command[0] = 0x02;
            command[1] = 0x40;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], NvmeHost.Data);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], 16 | (0x20UL << 56));
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 7);
        }));
        Assert.Equal(0, _host.ReadOne());
    }

    [Fact]
    public void Senseless_commands_are_answered_each_once_and_sensible_ones_go_on()
    {
        Random random = new(20261123);
        byte[] entry = new byte[64];
        for (int round = 0; round < 20_000; round++)
        {
            // Lists made of what is there: addresses inside and outside, aligned and not.
            for (int i = 0; i < 8; i++)
            {
                _host.Put(NvmeHost.Data + ((ulong)random.Next(0x8000) & ~7UL), Address(random));
            }

            random.NextBytes(entry);
            bool isAdmin = random.Next(4) == 0;
            entry[0] = isAdmin
                ? (byte)(random.Next(8) == 0 ? random.Next(256) : AdminOpcodes[random.Next(AdminOpcodes.Length)])
                : (byte)(random.Next(8) == 0 ? random.Next(256) : BlockOpcodes[random.Next(BlockOpcodes.Length)]);

            // A queue taken away, doorbells that move to memory and requests for events are other tests'.
            if (isAdmin && entry[0] is 0x00 or 0x01 or 0x04 or 0x05 or 0x0c or 0x7c)
            {
                continue;
            }

            entry[1] = (byte)(random.Next(3) switch { 0 => 0x40, 1 => 0x80, _ => 0 } & (random.Next(8) == 0 ? 0xff : 0xc0));
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), random.Next(4) == 0 ? (uint)random.Next() : 1);
            BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(24), Address(random));
            BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(32), random.Next(2) == 0 ? Address(random) : (uint)random.Next(0x400) | ((ulong)random.Next(5) << 60));
            BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(40), random.Next(4) == 0 ? (ulong)random.NextInt64() : (ulong)random.Next(1 << 15));
            BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(48), random.Next(4) == 0 ? (uint)random.Next() : (uint)random.Next(256));
            if (isAdmin)
            {
                _host.DoAdmin(command => entry.CopyTo(command));
            }
            else
            {
                _host.Do(command => entry.CopyTo(command));
            }
        }

        Assert.Equal(0, _host.ReadOne());
    }

    [Fact]
    public void Senseless_registers_and_doorbells_leave_a_controller_that_can_be_reset()
    {
        Random random = new(7);
        byte[] value = new byte[8];
        for (int round = 0; round < 50_000; round++)
        {
            random.NextBytes(value);
            int size = 1 << random.Next(4);
            ulong offset = (ulong)random.Next((int)NvmeModel.RegistersSize / size) * (ulong)size;
            if (random.Next(2) == 0)
            {
                offset = random.Next(2) == 0 ? 0x1000 + ((ulong)random.Next(16) * 4) : 0x14;
                size = 4;
                BinaryPrimitives.WriteUInt32LittleEndian(value, random.Next(2) == 0 ? (uint)random.Next(NvmeHost.Entries * 2) : 0x0046_0001u ^ (1u << random.Next(32)));
            }

            if (random.Next(3) == 0)
            {
                _host.Controller.ReadBar(0, offset, value.AsSpan(0, size));
            }
            else
            {
                _host.Controller.WriteBar(0, offset, value.AsSpan(0, size));
            }
        }

        _host.Start();
        Assert.Equal(0, _host.ReadOne());
    }

    private static ReadOnlySpan<byte> AdminOpcodes => [0x02, 0x06, 0x08, 0x09, 0x0a, 0x7f];

    private static ReadOnlySpan<byte> BlockOpcodes => [0x00, 0x01, 0x02, 0x08, 0x09];

    private static ulong Address(Random random) => random.Next(6) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => NvmeHost.MemoryAt + NvmeHost.MemorySize - (ulong)random.Next(0x3000),
        2 => ulong.MaxValue - (ulong)random.Next(0x3000),
        3 => NvmeHost.Data + (ulong)random.Next(0x8000),
        4 => (NvmeHost.Data + (ulong)random.Next(0x8000)) | 0xff8,
        _ => NvmeHost.Data + ((ulong)random.Next(8) * 0x1000),
    };
}
