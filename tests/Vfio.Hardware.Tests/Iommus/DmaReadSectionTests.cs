using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

public sealed class DmaReadSectionTests
{
    private const int Page = 4096;

    /// <summary>The neighbour keeps the table in use: it is the page alone that is waited for, used before by a read of any of its bytes.</summary>
    [Fact]
    public void An_unmap_of_a_page_that_was_used_returns_only_when_the_readers_inside_are_gone()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(2 * Page);
        domain.Map(0, memory, Page, Page, DmaAccess.Read);
        domain.Map(Page, memory, 0, Page, DmaAccess.Read);
        Assert.True(domain.TryRead(8, new byte[1]));

        AssertWaits(domain, 0, Page);
        Assert.True(domain.PeekMapped(Page));
    }

    [Fact]
    public void An_unmap_of_what_no_device_has_used_waits_for_nobody()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(2 * Page);
        domain.Map(0, memory, Page, Page, DmaAccess.Read);
        domain.Map(Page, memory, 0, Page, DmaAccess.Read);
        Assert.True(domain.TryRead(Page, new byte[1]));

        DmaReadSections.Slot section = DmaReadSections.Enter();
        Thread unmap = new(() => domain.Unmap(0, Page));
        unmap.Start();
        bool returned = unmap.Join(TimeSpan.FromSeconds(30));
        section.Exit();
        unmap.Join();
        Assert.True(returned);
    }

    /// <summary>A reader may stand in a table whose leaves nobody has used.</summary>
    [Fact]
    public void An_unmap_that_empties_a_table_waits_whatever_was_used()
    {
        IommuDomain domain = Unit().AllocateDomain();
        domain.Map(0, new ArrayBacking(Page), 0, Page, DmaAccess.Read);

        AssertWaits(domain, 0, Page);
    }

    [Fact]
    public void Each_part_of_a_large_mapping_that_was_used_is_waited_for()
    {
        const int Large = 512 * Page;
        IommuDomain domain = Unit().AllocateDomain();
        domain.Map(0, new ArrayBacking(Large), 0, Large, DmaAccess.Read);
        Assert.True(domain.TryRead(Large - 1, new byte[1]));

        AssertWaits(domain, 0, Page);
        AssertWaits(domain, Large - Page, Page);
        AssertWaits(domain, Page, 7 * Page);
    }

    [Fact]
    public void Taking_the_domain_from_a_port_waits_for_its_readers_too()
    {
        DmaPort port = new() { BusMaster = true, Domain = Unit().AllocateDomain() };
        DmaReadSections.Slot section = DmaReadSections.Enter();
        Thread detach = new(() => port.Domain = null);
        detach.Start();

        while (port.Domain is not null)
        {
            Thread.Yield();
        }

        Assert.False(detach.Join(50));
        section.Exit();
        detach.Join();
    }

    /// <summary>What is unmapped may be put to other use at once: a device must never read that, nor write into it.</summary>
    [Fact]
    public void No_device_reaches_memory_after_its_unmap_returned()
    {
        IommuDomain domain = Unit().AllocateDomain();
        DmaPort port = new() { BusMaster = true, Domain = domain };
        ArrayBacking memory = new(64 * Page);
        using CancellationTokenSource stop = new();
        int seen = 0;
        int poison = 0;
        Thread[] devices = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            byte[] buffer = new byte[8 * Page];
            while (!stop.IsCancellationRequested)
            {
                if (port.TryRead(0x10_0000, buffer))
                {
                    Interlocked.Increment(ref seen);
                    if (buffer.AsSpan().ContainsAnyExcept((byte)1))
                    {
                        Interlocked.Increment(ref poison);
                    }
                }
            }
        }))];
        foreach (Thread device in devices)
        {
            device.Start();
        }

        long until = Environment.TickCount64 + 1000;
        for (int round = 0; Environment.TickCount64 < until || Volatile.Read(ref seen) == 0; round++)
        {
            Span<byte> place = memory.Bytes.AsSpan(round % 8 * 8 * Page, 8 * Page);
            place.Fill(1);
            domain.Map(0x10_0000, memory, (ulong)(round % 8 * 8 * Page), 8 * Page, DmaAccess.Read);
            if (round % 3 == 0)
            {
                Thread.Yield();
            }

            domain.Unmap(0x10_0000, 8 * Page);
            place.Fill(0xee);
        }

        stop.Cancel();
        foreach (Thread device in devices)
        {
            device.Join();
        }

        Assert.Equal(0, poison);
    }

    /// <summary>
    /// The same for single pages of two memories that come and go among others, used or not: neither what was unmapped, nor another page's memory by a table or a backing's
    /// number that was given away too early.
    /// </summary>
    [Fact]
    public void A_device_reaches_only_the_memory_of_the_page_it_names_while_it_is_mapped()
    {
        const byte Poison = 0xee;
        IommuDomain domain = Unit().AllocateDomain();
        DmaPort port = new() { BusMaster = true, Domain = domain };
        ArrayBacking beside = new(Page);
        domain.Map(0x20_1000, beside, 0, Page, DmaAccess.Read | DmaAccess.Write);

        // In a table that stays; in one of its own; and in two of its own, so that a table changes its level.
        ulong[] places = [0x20_0000, 0x20_2000, 0x4000_0000, 0x80_0000_0000];
        ArrayBacking[] memories = [.. places.Select(static _ => new ArrayBacking(Page)), .. places.Select(static _ => new ArrayBacking(Page))];
        foreach (ArrayBacking memory in memories)
        {
            memory.Bytes.AsSpan().Fill(Poison);
        }

        using CancellationTokenSource stop = new();
        long seen = 0;
        int wrong = 0;
        Thread[] devices = [.. Enumerable.Range(0, 3).Select(number => new Thread(() =>
        {
            byte[] buffer = new byte[256];
            for (int i = number; !stop.IsCancellationRequested; i++)
            {
                // The devices write no byte that is not there already.
                byte own = (byte)(1 + (i % places.Length));
                ulong at = places[i % places.Length] + ((ulong)(i % 16) * 256);
                if (port.TryRead(at, buffer))
                {
                    Interlocked.Increment(ref seen);
                    if (buffer.AsSpan().ContainsAnyExcept(own))
                    {
                        Interlocked.Increment(ref wrong);
                    }
                }

                buffer.AsSpan().Fill(own);
                port.TryWrite(at, buffer);
            }
        }))];
        foreach (Thread device in devices)
        {
            device.Start();
        }

        Random random = new(1);
        int touched = 0;
        long until = Environment.TickCount64 + 2000;
        while (Environment.TickCount64 < until || Volatile.Read(ref seen) == 0)
        {
            int place = random.Next(places.Length);
            ArrayBacking memory = memories[place + (random.Next(2) * places.Length)];
            touched += memory.Bytes.AsSpan().ContainsAnyExcept(Poison) ? 1 : 0;
            memory.Bytes.AsSpan().Fill((byte)(1 + place));
            domain.Map(places[place], memory, 0, Page, DmaAccess.Read | DmaAccess.Write);
            Thread.SpinWait(random.Next(60));
            domain.Unmap(places[place], Page);
            memory.Bytes.AsSpan().Fill(Poison);
        }

        stop.Cancel();
        foreach (Thread device in devices)
        {
            device.Join();
        }

        Assert.Equal((0, 0), (wrong, touched));
        Assert.All(beside.Bytes, static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Threads_that_are_gone_leave_no_slot_behind()
    {
        IommuDomain domain = Unit().AllocateDomain();
        domain.Map(0, new ArrayBacking(Page), 0, Page, DmaAccess.Read);
        for (int i = 0; i < 200; i++)
        {
            Thread device = new(() => domain.TryRead(0, new byte[1]));
            device.Start();
            device.Join();
            if (i % 20 == 19)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }

        Assert.InRange(DmaReadSections.SlotCount, 1, 150);
    }

    /// <summary>The translation goes at once; the call does not come back while a section is open.</summary>
    private static void AssertWaits(IommuDomain domain, ulong iova, ulong length)
    {
        DmaReadSections.Slot section = DmaReadSections.Enter();
        Thread unmap = new(() => domain.Unmap(iova, length));
        unmap.Start();
        while (domain.PeekMapped(iova))
        {
            Thread.Yield();
        }

        bool returned = unmap.Join(50);
        section.Exit();
        unmap.Join();
        Assert.False(returned);
    }

    private static IommuUnit Unit() => new() { Name = "ivhd0", Kind = IommuKind.AmdVi, PageSizes = 0x7f7f_ffff_f000, ApertureLast = 0xffff_ffff_ffff };
}
