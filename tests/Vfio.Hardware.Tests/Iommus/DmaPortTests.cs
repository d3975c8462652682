using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

public sealed class DmaPortTests
{
    private readonly IommuUnit _unit = new() { Name = "virtio0", Kind = IommuKind.Virtio, PageSizes = 0xffff_ffff_ffff_f000, ApertureLast = ulong.MaxValue };

    [Fact]
    public void Without_bus_mastering_no_request_is_made()
    {
        DmaPort port = Mapped(out ArrayBacking memory);
        port.BusMaster = false;

        Assert.False(port.TryWrite(0x1000, [1]));
        Assert.Equal(0, memory.Bytes[0]);
        Assert.Equal(0, port.FaultCount);
        port.BusMaster = true;
        Assert.True(port.TryWrite(0x1000, [1]));
    }

    [Fact]
    public void A_blocked_function_faults_and_the_fault_is_recorded()
    {
        DmaPort port = Mapped(out _);
        Assert.False(port.TryRead(0x5008, new byte[4]));
        port.Domain = null;
        Assert.False(port.TryWrite(0x1004, [1]));

        Assert.Equal(2, port.FaultCount);
        Assert.Equal(0x1004UL, port.LastFaultAddress);
    }

    [Fact]
    public void A_function_with_no_iommu_before_it_reaches_memory_by_its_own_address()
    {
        ArrayBacking memory = new(8192);
        DmaPort port = new() { BusMaster = true, PassThrough = memory };

        Assert.True(port.TryWrite(5, [1, 2]));
        Assert.Equal(2, memory.Bytes[6]);
    }

    [Fact]
    public void A_request_that_wraps_the_address_space_faults()
    {
        IommuDomain domain = _unit.AllocateDomain();
        DmaPort port = new() { BusMaster = true, Domain = domain };
        domain.Map(ulong.MaxValue - 0xfff, new ArrayBacking(4096), 0, 4096, DmaAccess.Read);
        domain.Map(0, new ArrayBacking(4096), 0, 4096, DmaAccess.Read);

        Assert.False(port.TryRead(ulong.MaxValue, new byte[2]));
        Assert.Equal(1, port.FaultCount);
    }

    [Fact]
    public void Requests_allocate_nothing()
    {
        DmaPort port = Mapped(out _);
        byte[] buffer = new byte[64];
        port.TryRead(0x1000, buffer);
        port.TryWrite(0x1000, buffer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int rounds = 10_000;
        for (int i = 0; i < rounds; i++)
        {
            port.TryRead(0x1000, buffer);
            port.TryWrite(0x1000, buffer);
        }

        // Less than the smallest object a round: a collection meanwhile counts what was left of the thread's allocation buffer.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (24 * rounds) - 1);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Words_in_order_arrive_whatever_memory_is_there(bool isDirect, bool isWatched)
    {
        ArrayBacking first = new(4096, isDirect), second = new(4096);
        IommuDomain domain = _unit.AllocateDomain();
        DmaPort port = new() { BusMaster = true, Domain = domain };
        domain.Map(0x1000, first, 0, 4096, DmaAccess.Write);
        domain.Map(0x2000, second, 0, 4096, DmaAccess.Write);
        port.Log = isWatched ? new DmaWriteLog([(0, 0xffff)], 4096) : null;

        Assert.True(port.TryWriteInOrder(0x1008, [0x0807060504030201, ulong.MaxValue]));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 0xff], first.Bytes[8..17]);

        // Over the end of a page, where two leaves meet.
        Assert.True(port.TryWriteInOrder(0x1ff8, [1, 2]));
        Assert.Equal(1, first.Bytes[0xff8]);
        Assert.Equal(2, second.Bytes[0]);
        Assert.Equal(isWatched ? [0x1000UL, 0x2000UL] : [], port.Log?.Take(0, 0xffff).Select(static page => page.Iova) ?? []);
    }

    [Fact]
    public void Words_in_order_fault_where_nothing_may_be_written()
    {
        DmaPort port = Mapped(out ArrayBacking memory);
        Assert.False(port.TryWriteInOrder(0x1ff8, [7, 8]));
        Assert.Equal(7, memory.Bytes[0xff8]);
        Assert.Equal(0x2000UL, port.LastFaultAddress);
        port.BusMaster = false;
        Assert.False(port.TryWriteInOrder(0x1000, [9]));
        Assert.Equal(0, memory.Bytes[0]);
        Assert.Equal(1, port.FaultCount);
    }

    private DmaPort Mapped(out ArrayBacking memory)
    {
        memory = new ArrayBacking(4096);
        IommuDomain domain = _unit.AllocateDomain();
        DmaPort port = new() { BusMaster = true, Domain = domain };
        domain.Map(0x1000, memory, 0, 4096, DmaAccess.Read | DmaAccess.Write);
        return port;
    }
}
