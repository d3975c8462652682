using System.Buffers.Binary;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.Hardware.Storage;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A controller of 16 MiB, and a host that writes its entries byte by byte: memory, the admin queue and one queue for I/O.</summary>
internal sealed class NvmeHost : IDisposable
{
    public const ulong MemoryAt = 0x10_0000;
    public const int MemorySize = 1 << 20;
    public const int Entries = 16;
    public const ulong Submissions = MemoryAt + 0x2000;
    public const ulong Completions = MemoryAt + 0x3000;

    /// <summary>From here on memory is free.</summary>
    public const ulong Data = MemoryAt + 0x10000;

    private const ulong AdminSubmissions = MemoryAt;
    private const ulong AdminCompletions = MemoryAt + 0x1000;

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private readonly ArrayBacking _memory = new(MemorySize);
    private int _adminTail;
    private int _tail;

    /// <param name="interrupts">The queue for I/O fires vector 0.</param>
    public NvmeHost(bool interrupts = false)
    {
        Controller = new NvmeModel(new PciLocation(0, 0, 2, 0), Store);
        IommuUnit unit = new() { Name = "dmar0", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff };
        IommuDomain domain = unit.AllocateDomain();
        domain.Map(MemoryAt, _memory, 0, MemorySize, DmaAccess.Read | DmaAccess.Write);
        Controller.Dma.Domain = domain;
        Controller.Dma.BusMaster = true;
        Start(interrupts);
    }

    /// <summary>What a command is filled with.</summary>
    public delegate void Filling(Span<byte> command);

    public NvmeModel Controller { get; }

    /// <summary>Dword 0 of the last answer.</summary>
    public uint Result { get; private set; }

    public MemoryBlockStore Store { get; } = new(16 << 20);

    /// <summary>Where the doorbells are stored to instead of by calls.</summary>
    public PciSharedPages? DoorbellPage { get; set; }

    public void Dispose() => Controller.Dispose();

    /// <summary>Resets the controller and makes the queues, in memory that is all zeros.</summary>
    public void Start(bool interrupts = false)
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
        Assert.Equal(0, DoAdmin(command => Queue(command, 0x05, Completions, interrupts ? 3u : 1)));
        Assert.Equal(0, DoAdmin(command => Queue(command, 0x01, Submissions, 0x1_0001)));

        static void Queue(Span<byte> command, byte opcode, ulong at, uint dword11)
        {
            command[0] = opcode;
            BinaryPrimitives.WriteUInt64LittleEndian(command[24..], at);
            BinaryPrimitives.WriteUInt32LittleEndian(command[40..], 1 | ((Entries - 1) << 16));
            BinaryPrimitives.WriteUInt32LittleEndian(command[44..], dword11);
        }
    }

    /// <summary>Reads the first block to <see cref="Data"/>.</summary>
    public int ReadOne() => Do(command =>
    {
        command[0] = 0x02;
        BinaryPrimitives.WriteUInt64LittleEndian(command[24..], Data);
    });

    public int DoAdmin(Filling fill) => Do(fill, AdminSubmissions, AdminCompletions, 0, ref _adminTail);

    public int Do(Filling fill) => Do(fill, Submissions, Completions, 1, ref _tail);

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
        Result = (uint)Get(completions + (ulong)(at * 16));
        return BinaryPrimitives.ReadUInt16LittleEndian(_memory.Bytes.AsSpan(completion + 14)) >> 1;
    }

    public void Put(ulong address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_memory.Bytes.AsSpan((int)(address - MemoryAt)), value);

    public void Put32(ulong address, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_memory.Bytes.AsSpan((int)(address - MemoryAt)), value);

    public ulong Get(ulong address) => BinaryPrimitives.ReadUInt64LittleEndian(_memory.Bytes.AsSpan((int)(address - MemoryAt)));

    public uint Read32(ulong offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        Controller.ReadBar(0, offset, bytes);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Write32(ulong offset, uint value)
    {
        if (DoorbellPage is { } page && offset >= 0x1000)
        {
            page.Write32(offset - 0x1000, value);
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Controller.WriteBar(0, offset, bytes);
    }
}
