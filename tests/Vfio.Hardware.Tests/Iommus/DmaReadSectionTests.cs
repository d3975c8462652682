using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

public sealed class DmaReadSectionTests
{
    private const int Page = 4096;

    [Fact]
    public void An_unmap_returns_only_when_the_readers_inside_are_gone()
    {
        IommuDomain domain = Unit().AllocateDomain();
        domain.Map(0, new ArrayBacking(Page), 0, Page, DmaAccess.Read);
        DmaReadSections.Slot section = DmaReadSections.Enter();
        Thread unmap = new(() => domain.Unmap(0, Page));
        unmap.Start();

        // The translation goes at once; the call does not come back while this section is open.
        while (domain.PeekMapped(0))
        {
            Thread.Yield();
        }

        Assert.False(unmap.Join(50));
        section.Exit();
        unmap.Join();
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

    private static IommuUnit Unit() => new() { Name = "ivhd0", Kind = IommuKind.AmdVi, PageSizes = 0x7f7f_ffff_f000, ApertureLast = 0xffff_ffff_ffff };
}
