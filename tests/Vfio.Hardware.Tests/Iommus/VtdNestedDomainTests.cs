using System.Buffers.Binary;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

/// <summary>Requests through VT-d's first stage, whose tables are in memory that the second stage translates.</summary>
[TestClass(DisableParallelization = true)] // Looks at what the process shares: the heap.
public sealed class VtdNestedDomainTests
{
    private const ulong Base = 0x1000_0000;
    private const ulong ReadOnly = 5;
    private const ulong ReadWrite = 7;

    private readonly ArrayBacking _memory = new(0x20000);
    private readonly IommuDomain _parent;
    private readonly DmaPort _port;

    public VtdNestedDomainTests()
    {
        IommuUnit unit = new()
        {
            Name = "dmar0",
            Kind = IommuKind.IntelVtd,
            PageSizes = 0x40201000,
            ApertureLast = 0xffff_ffff_ffff,
            Ecap = IommuUnit.EcapNesting | IommuUnit.EcapScalableMode,
        };
        _parent = unit.AllocateDomain();
        _parent.Map(Base, _memory, 0, 0x20000, DmaAccess.Read | DmaAccess.Write);
        _port = new DmaPort { BusMaster = true, Domain = new VtdNestedDomain(_parent, Base, 48, false, false) };
        Entry(0x0000, 0, Base + 0x1000 + ReadWrite);
        Entry(0x1000, 0, Base + 0x2000 + ReadWrite);
        Entry(0x2000, 0, Base + 0x3000 + ReadWrite);
        Entry(0x3000, 5, Base + 0x4000 + ReadWrite);
        Entry(0x3000, 6, Base + 0x8000 + ReadWrite);
        Entry(0x3000, 7, Base + 0x9000 + ReadOnly);
    }

    [Fact]
    public void A_request_goes_through_both_stages_page_by_page()
    {
        Assert.True(_port.TryWrite(0x5ffe, [1, 2, 3, 4]));
        Assert.Equal([1, 2], _memory.Bytes[0x4ffe..0x5000]);
        Assert.Equal([3, 4], _memory.Bytes[0x8000..0x8002]);

        byte[] back = new byte[4];
        Assert.True(_port.TryRead(0x5ffe, back));
        Assert.Equal([1, 2, 3, 4], back);
    }

    [Fact]
    public void A_page_for_reading_is_not_written()
    {
        Assert.True(_port.TryRead(0x7000, new byte[8]));
        Assert.False(_port.TryWrite(0x7000, [1]));
        Assert.Equal(0, _memory.Bytes[0x9000]);
        Assert.Equal(1, _port.FaultCount);
    }

    [Fact]
    public void A_table_that_forbids_writing_forbids_it_for_all_below()
    {
        Entry(0x1000, 0, Base + 0x2000 + ReadOnly);

        Assert.True(_port.TryRead(0x5000, new byte[8]));
        Assert.False(_port.TryWrite(0x5000, [1]));
    }

    [Fact]
    public void An_entry_that_is_not_present_or_not_for_users_translates_nothing()
    {
        Entry(0x3000, 5, Base + 0x4000 + ReadWrite - 1);
        Assert.False(_port.TryRead(0x5000, new byte[8]));
        Entry(0x3000, 5, Base + 0x4000 + 3);
        Assert.False(_port.TryRead(0x5000, new byte[8]));
    }

    [Fact]
    public void A_large_page_is_one_entry()
    {
        Entry(0x2000, 1, Base + ReadWrite + 0x80);
        Assert.True(_port.TryWrite(0x20_0000 + 0xffff, [9, 8]));
        Assert.Equal([9, 8], _memory.Bytes[0xffff..0x1_0001]);

        Entry(0x2000, 1, Base + 0x2000 + ReadWrite + 0x80);
        Assert.False(_port.TryRead(0x20_0000, new byte[1]));
    }

    [Fact]
    public void What_the_second_stage_does_not_have_faults()
    {
        Entry(0x3000, 8, Base + 0x20000 + ReadWrite);
        Assert.False(_port.TryRead(0x8000, new byte[1]));

        Entry(0x2000, 0, Base + 0x30000 + ReadWrite);
        Assert.False(_port.TryRead(0x5000, new byte[1]));
    }

    [Fact]
    public void An_address_that_is_not_canonical_has_no_translation()
    {
        Entry(0x0000, 256, Base + 0x1000 + ReadWrite);
        Assert.True(_port.TryRead(0xffff_8000_0000_5000, new byte[1]));
        Assert.False(_port.TryRead(0x0000_8000_0000_5000, new byte[1]));
    }

    [Theory]
    [InlineData(57u, true)]
    [InlineData(39u, false)]
    [InlineData(64u, false)]
    [InlineData(0u, false)]
    public void The_width_says_how_many_levels_there_are(uint width, bool translates)
    {
        // With one level more the same table stands at the top and below it.
        Entry(0xa000, 0, Base + ReadWrite);
        _port.Domain = new VtdNestedDomain(_parent, Base + 0xa000, width, false, false);

        Assert.Equal(translates, _port.TryRead(0x5000, new byte[1]));
    }

    [Fact]
    public void Memory_that_takes_a_system_call_to_reach_is_reached()
    {
        ArrayBacking far = new(0x1000, direct: false);
        _parent.Map(Base + 0x40000, far, 0, 0x1000, DmaAccess.Read | DmaAccess.Write);
        Entry(0x3000, 5, Base + 0x40000 + ReadWrite);

        Assert.True(_port.TryWrite(0x5000, [7]));
        Assert.Equal(7, far.Bytes[0]);
    }

    [Fact]
    public void An_unmap_of_the_second_stage_is_seen_at_once()
    {
        Assert.True(_port.TryRead(0x5000, new byte[1]));
        _parent.Unmap(Base, 0x20000);

        Assert.False(_port.TryRead(0x5000, new byte[1]));
    }

    [Fact]
    public void Requests_allocate_nothing()
    {
        byte[] buffer = new byte[64];
        _port.TryRead(0x5000, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int rounds = 10_000;
        for (int i = 0; i < rounds; i++)
        {
            _port.TryRead(0x5fe0, buffer);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (24 * rounds) - 1);
    }

    private void Entry(int table, int index, ulong entry) => BinaryPrimitives.WriteUInt64LittleEndian(_memory.Bytes.AsSpan(table + (index * 8)), entry);
}
