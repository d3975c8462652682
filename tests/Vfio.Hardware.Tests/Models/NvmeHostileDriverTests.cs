using System.Buffers.Binary;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.Hardware.Storage;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A driver that means harm: whatever it writes, the controller answers, or stops and says so, and its thread goes on.</summary>
public sealed class NvmeHostileDriverTests : IDisposable
{
    private const ulong MemoryAt = 0x10_0000;
    private const int MemorySize = 1 << 20;
    private const int Entries = 16;
    private const ulong AdminSubmissions = MemoryAt;
    private const ulong AdminCompletions = MemoryAt + 0x1000;
    private const ulong Submissions = MemoryAt + 0x2000;
    private const ulong Completions = MemoryAt + 0x3000;
    private const ulong Data = MemoryAt + 0x10000;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly MemoryBlockStore _store = new(16 << 20);
    private readonly NvmeModel _controller;
    private readonly ArrayBacking _memory = new(MemorySize);
    private int _adminTail;
    private int _tail;

    public NvmeHostileDriverTests()
    {
        _controller = new NvmeModel(new PciLocation(0, 0, 2, 0), _store);
        IommuUnit unit = new() { Name = "dmar0", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff };
        IommuDomain domain = unit.AllocateDomain();
        domain.Map(MemoryAt, _memory, 0, MemorySize, DmaAccess.Read | DmaAccess.Write);
        _controller.Dma.Domain = domain;
        _controller.Dma.BusMaster = true;
        Start();
    }

    public void Dispose() => _controller.Dispose();

    [Fact]
    public void A_list_of_pages_that_leads_to_itself_ends_the_command()
    {
        // The last entry of a page, which leads to the next page of the list: to itself.
        ulong last = Data + 0x1000 - 8;
        Put(last, last);
        Assert.NotEqual(0, Do(command =>
        {
            command[0] = 0x02;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Data + 0x2000);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], last);
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 63);
        }));
        Assert.Equal(0, ReadOne());
    }

    [Fact]
    public void A_list_of_pages_may_begin_at_the_last_entry_of_one()
    {
        ulong last = Data + 0x1000 - 8;
        Put(last, Data + 0x3000);
        for (ulong i = 0; i < 7; i++)
        {
            Put(Data + 0x3000 + (i * 8), Data + 0x4000 + (i * 0x1000));
        }

        _store.TryWrite(4096 * 7, [1, 2, 3, 4]);
        Assert.Equal(0, Do(command =>
        {
            command[0] = 0x02;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Data + 0x2000);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], last);
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 63);
        }));
        Assert.Equal(0x04030201u, (uint)Get(Data + 0x4000 + (6 * 0x1000)));
    }

    [Fact]
    public void A_chain_of_sgl_segments_without_data_ends_the_command()
    {
        // One segment of one descriptor: that segment again.
        Put(Data, Data);
        Put(Data + 8, 16 | (0x20UL << 56));
        Assert.NotEqual(0, Do(command =>
        {
            command[0] = 0x02;
            command[1] = 0x40;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Data);
            BinaryPrimitives.WriteUInt64LittleEndian(command[32..], 16 | (0x20UL << 56));
            BinaryPrimitives.WriteUInt32LittleEndian(command[48..], 7);
        }));
        Assert.Equal(0, ReadOne());
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
                Put(Data + ((ulong)random.Next(0x8000) & ~7UL), Address(random));
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
                DoAdmin(command => entry.CopyTo(command));
            }
            else
            {
                Do(command => entry.CopyTo(command));
            }
        }

        Assert.Equal(0, ReadOne());
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
                BinaryPrimitives.WriteUInt32LittleEndian(value, random.Next(2) == 0 ? (uint)random.Next(Entries * 2) : 0x0046_0001u ^ (1u << random.Next(32)));
            }

            if (random.Next(3) == 0)
            {
                _controller.ReadBar(0, offset, value.AsSpan(0, size));
            }
            else
            {
                _controller.WriteBar(0, offset, value.AsSpan(0, size));
            }
        }

        Start();
        Assert.Equal(0, ReadOne());
    }

    private static ReadOnlySpan<byte> AdminOpcodes => [0x02, 0x06, 0x08, 0x09, 0x0a, 0x7f];

    private static ReadOnlySpan<byte> BlockOpcodes => [0x00, 0x01, 0x02, 0x08, 0x09];

    private static ulong Address(Random random) => random.Next(6) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => MemoryAt + MemorySize - (ulong)random.Next(0x3000),
        2 => ulong.MaxValue - (ulong)random.Next(0x3000),
        3 => Data + (ulong)random.Next(0x8000),
        4 => (Data + (ulong)random.Next(0x8000)) | 0xff8,
        _ => Data + ((ulong)random.Next(8) * 0x1000),
    };

    private void Start()
    {
        Write32(0x14, 0);
        Array.Clear(_memory.Bytes);
        (_adminTail, _tail) = (0, 0);
        Write32(0x24, (Entries - 1) | ((Entries - 1) << 16));
        Write32(0x28, (uint)AdminSubmissions);
        Write32(0x2c, 0);
        Write32(0x30, (uint)AdminCompletions);
        Write32(0x34, 0);
        Write32(0x14, 0x0046_0001);
        Assert.Equal(1u, Read32(0x1c));
        Assert.Equal(0, DoAdmin(command => Queue(command, 0x05, Completions, 1)));
        Assert.Equal(0, DoAdmin(command => Queue(command, 0x01, Submissions, 0x1_0001)));

        static void Queue(Span<byte> command, byte opcode, ulong at, uint dword11)
        {
            command[0] = opcode;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], at);
            BinaryPrimitives.WriteUInt32LittleEndian(command[40..], 1 | ((Entries - 1) << 16));
            BinaryPrimitives.WriteUInt32LittleEndian(command[44..], dword11);
        }
    }

    private int ReadOne() => Do(command =>
    {
        command[0] = 0x02;
        BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Data);
    });

    private int DoAdmin(Filling fill) => Do(fill, AdminSubmissions, AdminCompletions, 0, ref _adminTail);

    private int Do(Filling fill) => Do(fill, Submissions, Completions, 1, ref _tail);

    /// <summary>One command, alone in its queue: its status field.</summary>
    private int Do(Filling fill, ulong submissions, ulong completions, uint queue, ref int count)
    {
        int at = count % Entries;
        int phase = (count / Entries & 1) ^ 1;
        Span<byte> entry = _memory.Bytes.AsSpan((int)(submissions - MemoryAt) + (at * 64), 64);
        entry.Clear();
        if (queue != 0)
        {
            entry[4] = 1;
        }

        fill(entry);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)count);
        count++;
        Write32(0x1000 + (queue * 8), (uint)(count % Entries));
        int completion = (int)(completions - MemoryAt) + (at * 16);
        Assert.True(
            SpinWait.SpinUntil(() => (Volatile.Read(ref _memory.Bytes[completion + 14]) & 1) == phase, s_longest),
            $"No answer to {Convert.ToHexString(entry)}");
        Assert.Equal((ushort)(count - 1), BinaryPrimitives.ReadUInt16LittleEndian(_memory.Bytes.AsSpan(completion + 12)));
        Write32(0x1004 + (queue * 8), (uint)(count % Entries));
        return BinaryPrimitives.ReadUInt16LittleEndian(_memory.Bytes.AsSpan(completion + 14)) >> 1;
    }

    private void Put(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_memory.Bytes.AsSpan((int)(address - MemoryAt)), value);

    private ulong Get(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(_memory.Bytes.AsSpan((int)(address - MemoryAt)));

    private uint Read32(ulong offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        _controller.ReadBar(0, offset, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    private void Write32(ulong offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _controller.WriteBar(0, offset, bytes);
    }

    private delegate void Filling(Span<byte> command);
}
