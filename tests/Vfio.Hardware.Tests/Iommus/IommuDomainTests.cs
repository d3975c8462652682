using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.Hardware.Tests.Iommus;

public sealed class IommuDomainTests
{
    private const int Page = 4096;
    private const ulong Large = 2 << 20;

    [Fact]
    public void A_device_reads_and_writes_what_is_mapped_and_nothing_else()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(4 * Page);
        domain.Map(0x10000, memory, 2 * Page, 2 * Page, DmaAccess.Read | DmaAccess.Write);

        Assert.True(domain.TryWrite(0x10ffe, [1, 2, 3, 4]));
        Assert.Equal([1, 2, 3, 4], memory.Bytes[(3 * Page - 2)..(3 * Page + 2)]);
        byte[] read = new byte[4];
        Assert.True(domain.TryRead(0x10ffe, read));
        Assert.Equal([1, 2, 3, 4], read);

        Assert.False(domain.TryRead(0xffff, read));
        Assert.False(domain.TryRead(0x11ffd, read));
        Assert.False(domain.TryRead(0x12000, read));
        Assert.Equal(0x2000UL, domain.Unmap(0x10000, 2 * Page));
        Assert.False(domain.TryRead(0x10000, read));
    }

    [Fact]
    public void Thousands_of_tables_take_no_more_room_than_there_is()
    {
        const int Tables = 4096;
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(Page);
        for (ulong i = 0; i < Tables; i++)
        {
            domain.Map(i * Large, memory, 0, Page, DmaAccess.Read);
        }

        byte[] one = new byte[1];
        for (ulong i = 0; i < Tables; i++)
        {
            Assert.True(domain.TryRead(i * Large, one));
            Assert.False(domain.TryRead((i * Large) + Page, one));
            Assert.Equal(Page, (int)domain.Unmap(i * Large, Page));
        }
    }

    [Fact]
    public void Reading_and_writing_are_allowed_apart()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(2 * Page);
        domain.Map(0, memory, 0, Page, DmaAccess.Read);
        domain.Map(Page, memory, Page, Page, DmaAccess.Write);
        byte[] one = new byte[1];

        Assert.True(domain.TryRead(0, one));
        Assert.False(domain.TryWrite(0, one));
        Assert.False(domain.TryRead(Page, one));
        Assert.True(domain.TryWrite(Page, one));
    }

    [Fact]
    public void A_write_that_runs_into_a_hole_fails_and_leaves_what_lies_behind_the_hole_alone()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(2 * Page);
        domain.Map(0, memory, 0, Page, DmaAccess.Write);
        domain.Map(2 * Page, memory, Page, Page, DmaAccess.Write);

        Assert.False(domain.TryWrite(Page - 8, Enumerable.Repeat((byte)7, Page + 16).ToArray()));
        Assert.All(memory.Bytes[Page..], static value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0x7f_ffff_ffffUL)]
    [InlineData(0xffff_ffff_ffffUL)]
    [InlineData(ulong.MaxValue)]
    public void The_last_page_of_the_aperture_is_translated_and_what_follows_is_a_fault(ulong last)
    {
        IommuDomain domain = Unit(last).AllocateDomain();
        ArrayBacking memory = new(Page);
        domain.Map(last - (Page - 1), memory, 0, Page, DmaAccess.Read | DmaAccess.Write);

        Assert.True(domain.TryWrite(last, [9]));
        Assert.Equal(9, memory.Bytes[Page - 1]);
        Assert.False(domain.TryWrite(last, [9, 9]));
        Assert.False(domain.TryWrite(unchecked(last + 1), [9]));
        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(unchecked(last + 1 - Page), memory, 0, 2 * Page, DmaAccess.Read));
        Assert.Equal((ulong)Page, domain.Unmap(last - (Page - 1), Page));
    }

    [Fact]
    public void What_is_misaligned_or_outside_the_backing_or_taken_is_our_bug_and_changes_nothing()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new(2 * Page);
        domain.Map(0x4000, memory, 0, Page, DmaAccess.Read);

        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(0, memory, Page, 2 * Page, DmaAccess.Read));
        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(0, memory, ulong.MaxValue - 0xfff, Page, DmaAccess.Read));
        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(1, memory, 0, Page, DmaAccess.Read));
        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(0, memory, 8, Page, DmaAccess.Read));
        Assert.Throws<ArgumentOutOfRangeException>(() => domain.Map(0, memory, 0, 0, DmaAccess.Read));
        Assert.Throws<InvalidOperationException>(() => domain.Map(0x4000, memory, 0, Page, DmaAccess.Read));
        Assert.False(domain.TryRead(0, new byte[1]));
        Assert.True(domain.TryRead(0x4000, new byte[1]));
    }

    [Fact]
    public void Part_of_a_large_mapping_can_be_unmapped_and_the_rest_stays()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking memory = new((int)(4 * Large));
        Random.Shared.NextBytes(memory.Bytes);
        domain.Map(2 * Large, memory, 3 * Page, 2 * Large, DmaAccess.Read);

        Assert.Equal((ulong)Page, domain.Unmap(2 * Large + 5 * Page, Page));
        byte[] page = new byte[Page];
        Assert.False(domain.TryRead(2 * Large + 5 * Page, page));
        foreach (ulong at in (ulong[])[0, 4 * Page, 6 * Page, 511 * Page, 512 * Page, 2 * Large - Page])
        {
            Assert.True(domain.TryRead(2 * Large + at, page));
            Assert.True(memory.Bytes.AsSpan((int)(3 * Page + at), Page).SequenceEqual(page));
        }

        Assert.Equal(2 * Large - Page, domain.Unmap(0, 8 * Large));
        Assert.False(domain.TryRead(2 * Large, page));
    }

    [Fact]
    public void Unmapping_nothing_is_zero_bytes()
    {
        Assert.Equal(0UL, Unit().AllocateDomain().Unmap(0, 0x7f_ffff_f000));
    }

    /// <summary>Against a dictionary from page to place, over thousands of maps and unmaps of all sizes and alignments.</summary>
    [Theory]
    [InlineData(1, 0x7f_ffff_ffffUL)]
    [InlineData(2, 0xffff_ffff_ffffUL)]
    [InlineData(3, ulong.MaxValue)]
    public void Translation_agrees_with_a_list_of_pages(int seed, ulong last)
    {
        Random random = new(seed);
        IommuDomain domain = Unit(last).AllocateDomain();
        ArrayBacking[] memories = [.. Enumerable.Range(0, 7).Select(static _ => new ArrayBacking(2048 * Page))];
        foreach (ArrayBacking memory in memories)
        {
            random.NextBytes(memory.Bytes);
        }

        ulong[] bases = [0, 1UL << 30, (1UL << 39) - (4096UL * Page), last - (4096UL * Page) + 1];
        Dictionary<ulong, (ArrayBacking Memory, ulong Page)> pages = [];
        byte[] read = new byte[Page];
        for (int step = 0; step < 4000; step++)
        {
            ulong first = (bases[random.Next(bases.Length)] / Page) + (ulong)(random.Next(3) == 0 ? random.Next(8) * 512 : random.Next(4096));
            ulong count = Math.Min((ulong)(random.Next(3) == 0 ? random.Next(1, 3) * 512 : random.Next(1, 40)), (last / Page) - first + 1);
            if (random.Next(5) != 0 && !Enumerable.Range(0, (int)count).Any(i => pages.ContainsKey(first + (ulong)i)))
            {
                ArrayBacking memory = memories[random.Next(memories.Length)];
                ulong from = (ulong)random.Next(2048 - (int)count + 1);
                domain.Map(first * Page, memory, from * Page, count * Page, DmaAccess.Read);
                for (ulong i = 0; i < count; i++)
                {
                    pages.Add(first + i, (memory, from + i));
                }
            }
            else
            {
                ulong removed = 0;
                for (ulong i = 0; i < count; i++)
                {
                    removed += pages.Remove(first + i) ? 1UL : 0;
                }

                Assert.Equal(removed * Page, domain.Unmap(first * Page, count * Page));
            }

            for (int look = 0; look < 8; look++)
            {
                ulong page = first + (ulong)random.Next((int)count + 2);
                if (page <= last / Page)
                {
                    bool mapped = pages.TryGetValue(page, out (ArrayBacking Memory, ulong Page) place);
                    Assert.Equal(mapped, domain.TryRead(page * Page, read));
                    Assert.True(!mapped || read.AsSpan().SequenceEqual(place.Memory.Bytes.AsSpan((int)place.Page * Page, Page)));
                }
            }
        }
    }

    [Fact]
    public void Tables_of_unmapped_places_are_used_again()
    {
        IommuDomain domain = Unit(ulong.MaxValue).AllocateDomain();
        ArrayBacking memory = new(Page);
        Cycle(0, 100);
        // This thread's alone: the heap is also the runner's, whose reports of earlier tests come when they come.
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(100, 20_000);
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(taken < 1 << 20, $"20,000 mappings that are gone took {taken:N0} bytes.");

        void Cycle(ulong from, ulong to)
        {
            for (ulong i = from; i < to; i++)
            {
                domain.Map(i << 45, memory, 0, Page, DmaAccess.Read);
                domain.Unmap(i << 45, Page);
            }
        }
    }

    [Fact]
    public void Enforcement_is_refused_where_the_unit_cannot_and_is_no_others_business()
    {
        IommuDomain enforcing = Unit().AllocateDomain();
        Assert.False(enforcing.EnforcesCoherency);
        Assert.True(enforcing.EnforceCoherency());
        Assert.True(enforcing.EnforcesCoherency);

        IommuUnit without = new() { Name = "dmar1", Kind = IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff, Ecap = 0xf00f4a };
        Assert.False(without.AllocateDomain().EnforceCoherency());
        Assert.False(without.Accepts(enforcing));
        Assert.True(without.Accepts(Unit().AllocateDomain()));
        Assert.True(Unit().Accepts(without.AllocateDomain()));
    }

    [Fact]
    public void Memory_that_cannot_be_dereferenced_is_reached_by_calls_and_held_meanwhile()
    {
        IommuDomain domain = Unit().AllocateDomain();
        ArrayBacking far = new(4 * Page, direct: false);
        domain.Map(0, far, Page, 2 * Page, DmaAccess.Read | DmaAccess.Write);

        Assert.True(domain.TryWrite(Page - 2, [1, 2, 3, 4]));
        Assert.Equal([1, 2, 3, 4], far.Bytes[(2 * Page - 2)..(2 * Page + 2)]);
        byte[] read = new byte[4];
        Assert.True(domain.TryRead(Page - 2, read));
        Assert.Equal([1, 2, 3, 4], read);

        far.IsGone = true;
        Assert.False(domain.TryRead(0, read));
        far.Release();
        Assert.True(far.IsFreed);
    }

    private static IommuUnit Unit(ulong last = 0x7f_ffff_ffff) => new()
    {
        Name = "dmar0",
        Kind = IommuKind.IntelVtd,
        PageSizes = 0x40201000,
        ApertureLast = last,
        Ecap = 0xf00fca,
    };
}
