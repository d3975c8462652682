using System.Buffers.Binary;
using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Models;

/// <summary>The registers as docs/specs/edu.rst of QEMU and its model have them.</summary>
public sealed class EduModelTests
{
    private readonly EduModel _edu = new(new PciLocation(0, 0, 1, 0));
    private readonly Sink _sink = new();

    public EduModelTests() => _edu.Interrupts = _sink;

    [Fact]
    public void It_says_who_it_is()
    {
        Assert.Equal(0x010000edu, Read32(0));
        Assert.Equal(0x11e81234u, _edu.Config.Get32(0));
        Assert.Equal(0x00ff0010u, _edu.Config.Get32(8));
    }

    [Fact]
    public void Below_0x80_only_four_bytes_are_an_access()
    {
        Assert.Equal(ulong.MaxValue, Read(0, 8));
        Assert.Equal(0u, Read(0, 2));
        Assert.Equal(0u, Read(0, 1));
        Write(4, 0x1234, 8);
        Assert.Equal(0u, Read32(4));
    }

    [Fact]
    public void From_0x80_four_and_eight_bytes_are()
    {
        Write(0x80, 0x1122334455667788, 8);
        Assert.Equal(0x1122334455667788u, Read(0x80, 8));
        Assert.Equal(0x55667788u, Read32(0x80));
        Assert.Equal(uint.MaxValue, Read32(0x84));
    }

    [Fact]
    public void A_word_comes_back_inverted()
    {
        Write32(4, 0x12345678);
        Assert.Equal(~0x12345678u, Read32(4));
    }

    [Theory]
    [InlineData(0, 1u)]
    [InlineData(1, 1u)]
    [InlineData(5, 120u)]
    [InlineData(12, 479001600u)]
    [InlineData(13, 1932053504u)]
    [InlineData(34, 0u)]
    public void A_factorial_is_there_when_the_busy_bit_goes(uint n, uint expected)
    {
        Write32(8, n);
        Wait(() => (Read32(0x20) & 1) == 0);
        Assert.Equal(expected, Read32(8));
        Assert.Equal(0, _sink.Intx);
    }

    [Fact]
    public void A_factorial_interrupts_when_asked_to()
    {
        Write32(0x20, 0xff);
        Assert.Equal(0x80u, Read32(0x20));
        Write32(8, 4);
        Wait(() => _sink.Intx == 1);
        Assert.Equal(1u, Read32(0x24));
        Assert.Equal(24u, Read32(8));
    }

    [Fact]
    public void Raised_bits_assert_the_line_until_all_are_acknowledged()
    {
        Write32(0x60, 6);
        Assert.True(_edu.IntxAsserted);
        Write32(0x64, 2);
        Assert.True(_edu.IntxAsserted);
        Assert.Equal(4u, Read32(0x24));
        Write32(0x64, 4);
        Assert.False(_edu.IntxAsserted);
        Assert.Equal(0, _sink.Intx);
    }

    [Fact]
    public void With_msi_on_a_raise_is_a_message_if_the_function_may_master_the_bus()
    {
        _edu.WriteConfig(0x42, [0x81]);
        Write32(0x60, 1);
        Assert.Equal(0, _sink.Msi);
        _edu.WriteConfig(PciRegisters.Command, [6, 0]);
        Write32(0x60, 1);
        Assert.Equal(1, _sink.Msi);
        Assert.False(_edu.IntxAsserted);
    }

    [Fact]
    public void Dma_goes_both_ways_through_the_domain()
    {
        ArrayBacking memory = Attach(DmaAccess.Read | DmaAccess.Write);
        Random.Shared.NextBytes(memory.Bytes.AsSpan(0, 4096));

        Dma(0x100000, 0x40000, 4096, 1);
        Dma(0x40000, 0x102000, 4096, 3);

        Assert.Equal(memory.Bytes[..4096], memory.Bytes[0x2000..0x3000]);
        Assert.Equal(0, _edu.Dma.FaultCount);
        Assert.Equal(0u, Read32(0x24));
    }

    [Fact]
    public void A_transfer_interrupts_when_asked_to_and_after_the_busy_bit_is_gone()
    {
        Attach(DmaAccess.Read | DmaAccess.Write);
        _edu.WriteConfig(0x42, [0x81]);
        Write(0x80, 0x100000, 8);
        Write(0x88, 0x40000, 8);
        Write(0x90, 16, 8);
        Write(0x98, 5, 8);
        Wait(() => _sink.Msi == 1);
        Assert.Equal(4u, Read(0x98, 8));
        Assert.Equal(0x100u, Read32(0x24));
    }

    [Fact]
    public void Addresses_in_memory_are_cut_to_28_bits()
    {
        ArrayBacking memory = Attach(DmaAccess.Read | DmaAccess.Write);
        memory.Bytes[0] = 0x5a;
        Dma(0xf00100000, 0x40000, 8, 1);
        Dma(0x40000, 0x10101000, 8, 3);
        Assert.Equal(0x5a, memory.Bytes[0x1000]);
    }

    [Fact]
    public void Unmapped_memory_is_a_fault_and_reads_as_zero()
    {
        ArrayBacking memory = Attach(DmaAccess.Read | DmaAccess.Write);
        memory.Bytes[0] = 0x5a;
        memory.Bytes[0x1000] = 0x77;
        Dma(0x100000, 0x40000, 8, 1);
        Dma(0x900000, 0x40000, 8, 1);
        Assert.Equal(1, _edu.Dma.FaultCount);
        Assert.Equal(0x900000u, _edu.Dma.LastFaultAddress);
        Dma(0x40000, 0x101000, 8, 3);
        Assert.Equal(0, memory.Bytes[0x1000]);
    }

    [Theory]
    [InlineData(0x3ffffUL, 1UL)]
    [InlineData(0x40000UL, 4097UL)]
    [InlineData(0x41000UL, 1UL)]
    [InlineData(0x40800UL, 0x801UL)]
    [InlineData(0x40000UL, ulong.MaxValue)]
    [InlineData(ulong.MaxValue, 4UL)]
    public void A_transfer_outside_the_buffer_moves_nothing_and_ends(ulong address, ulong count)
    {
        ArrayBacking memory = Attach(DmaAccess.Read | DmaAccess.Write);
        memory.Bytes.AsSpan().Fill(0x77);
        Dma(address, 0x100000, count, 3);
        Assert.Equal(-1, memory.Bytes.AsSpan().IndexOfAnyExcept((byte)0x77));
        Assert.Equal(0, _edu.Dma.FaultCount);
    }

    [Fact]
    public void A_read_only_mapping_takes_no_write()
    {
        ArrayBacking memory = Attach(DmaAccess.Read);
        memory.Bytes[0] = 9;
        Dma(0x40000, 0x100000, 8, 3);
        Assert.Equal(9, memory.Bytes[0]);
        Assert.Equal(1, _edu.Dma.FaultCount);
    }

    [Fact]
    public void Without_the_run_bit_the_command_is_not_taken()
    {
        Write(0x98, 6, 8);
        Assert.Equal(0u, Read(0x98, 8));
    }

    private ArrayBacking Attach(DmaAccess access)
    {
        var unit = new IommuUnit { Name = "dmar0", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7fffffffff };
        IommuDomain domain = unit.AllocateDomain();
        var memory = new ArrayBacking(0x10000);
        domain.Map(0x100000, memory, 0, 0x10000, access);
        _edu.Dma.Domain = domain;
        _edu.WriteConfig(PciRegisters.Command, [6, 0]);
        return memory;
    }

    private void Dma(ulong source, ulong destination, ulong count, ulong command)
    {
        Write(0x80, source, 8);
        Write(0x88, destination, 8);
        Write(0x90, count, 8);
        Write(0x98, command, 8);
        Wait(() => (Read(0x98, 8) & 1) == 0);
    }

    [Fact]
    public void An_interrupt_raised_as_another_is_acknowledged_is_not_lost()
    {
        const int Rounds = 5_000;
        int go = 0;
        int done = 0;
        var raiser = new Thread(() =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                Meet(ref go, round);
                Write32(0x60, 1);
                Volatile.Write(ref done, round);
            }
        });
        raiser.Start();
        bool lost = false;
        for (int round = 1; round <= Rounds; round++)
        {
            Write32(0x60, 2);
            Volatile.Write(ref go, round);
            Write32(0x64, 2);
            Meet(ref done, round);
            lost |= !_edu.IntxAsserted;
            Write32(0x64, 3);
        }

        raiser.Join();
        Assert.False(lost);

        // A barrier of the library sleeps, and then the two never cross.
        static void Meet(ref int at, int round)
        {
            var spin = default(SpinWait);
            while (Volatile.Read(ref at) != round)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private static void Wait(Func<bool> done)
    {
        var clock = Stopwatch.StartNew();
        while (!done())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "The device did not get ready.");
            Thread.Yield();
        }
    }

    private uint Read32(ulong offset) => (uint)Read(offset, 4);

    private ulong Read(ulong offset, int size)
    {
        byte[] bytes = new byte[8];
        _edu.ReadBar(0, offset, bytes.AsSpan(0, size));
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Write32(ulong offset, uint value) => Write(offset, value, 4);

    private void Write(ulong offset, ulong value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _edu.WriteBar(0, offset, bytes.AsSpan(0, size));
    }

    private sealed class Sink : IInterruptSink
    {
        private int _intx;
        private int _msi;

        public int Intx => Volatile.Read(ref _intx);

        public int Msi => Volatile.Read(ref _msi);

        public void SignalIntx(bool level) => Volatile.Write(ref _intx, level ? 1 : 0);

        public void SignalMsi(int vector) => Interlocked.Increment(ref _msi);

        public void SignalMsix(int vector) => throw new InvalidOperationException("edu has no MSI-X.");
    }
}
