using CsCheck;

namespace Vfio.Tests;

public sealed class IovaAllocatorTests
{
    private const ulong Page = 0x1000;
    private static readonly IovaRange[] s_ranges = [new(0, 0xffff), new(0x20000, 0x3ffff)];

    [Fact]
    public void The_lowest_fit_is_taken_and_never_address_0()
    {
        IovaAllocator allocator = new();
        Assert.Equal(0x1000u, Take(allocator, Page));
        Assert.Equal(0x2000u, Take(allocator, 2 * Page));
        allocator.Release(0x1000, Page);
        Assert.Equal(0x4000u, Take(allocator, 2 * Page));
        Assert.Equal(0x1000u, Take(allocator, Page));
    }

    [Fact]
    public void A_hole_between_ranges_is_passed_over() => Assert.Equal(0x20000u, Take(new IovaAllocator(), 0x10000));

    [Fact]
    public void The_limit_holds()
    {
        IovaAllocator allocator = new();
        Assert.True(allocator.TryAllocate(s_ranges, Page, Page, 0x1fff, out ulong iova));
        Assert.Equal(0x1000u, iova);
        Assert.False(allocator.TryAllocate(s_ranges, Page, Page, 0x1fff, out _));
        Assert.False(allocator.TryAllocate(s_ranges, 2 * Page, Page, 0x2fff, out _));
    }

    [Fact]
    public void The_top_of_the_space_neither_wraps_nor_is_lost()
    {
        IovaAllocator allocator = new();
        IovaRange[] top = [new(ulong.MaxValue - Page + 1, ulong.MaxValue)];
        Assert.True(allocator.TryAllocate(top, Page, Page, ulong.MaxValue, out ulong iova));
        Assert.Equal(ulong.MaxValue - Page + 1, iova);
        Assert.False(allocator.TryAllocate(top, Page, Page, ulong.MaxValue, out _));
        Assert.False(allocator.TryReserve(ulong.MaxValue, 2));
    }

    [Theory]
    [InlineData(0x1000UL, 0x1000UL, 0x1000UL)]
    [InlineData(0x7f0000200000UL, 0x400000UL, 0x200000UL)]
    [InlineData(0x7f0000201000UL, 0x400000UL, 0x1000UL)]
    [InlineData(0UL, 0x3000UL, 0x4000UL)]
    [InlineData(0UL, 0xffff_ffff_ffff_f000UL, 0x200000UL)]
    public void The_alignment_is_what_length_and_memory_have_in_common(ulong address, ulong length, ulong alignment) =>
        Assert.Equal(alignment, IovaAllocator.AlignmentFor(address, length, Page));

    [Fact]
    public void Spans_never_overlap_lie_in_a_range_are_aligned_and_come_back() =>
        Gen.Select(Gen.Int[0, 2], Gen.ULong[1, 20], Gen.Int[0, 4], Gen.ULong[0, 63]).List[1, 200].Sample(steps =>
        {
            IovaAllocator allocator = new();
            List<IovaRange> taken = [];
            foreach ((int kind, ulong pages, int order, ulong at) in steps)
            {
                ulong length = pages * Page;
                if (kind == 0 && taken.Count > 0)
                {
                    IovaRange gone = taken[(int)(at % (ulong)taken.Count)];
                    allocator.Release(gone.First, gone.Last - gone.First + 1);
                    taken.Remove(gone);
                }
                else if (kind == 1)
                {
                    IovaRange wanted = new(at * Page, (at * Page) + length - 1);
                    bool free = taken.TrueForAll(t => t.Last < wanted.First || t.First > wanted.Last);
                    Assert.Equal(free, allocator.TryReserve(wanted.First, length));
                    if (free)
                    {
                        taken.Add(wanted);
                    }
                }
                else
                {
                    ulong alignment = Page << order;
                    bool found = allocator.TryAllocate(s_ranges, length, alignment, ulong.MaxValue, out ulong iova);
                    ulong? lowest = Lowest(taken, length, alignment);
                    Assert.Equal(lowest, found ? iova : null);
                    if (found)
                    {
                        taken.Add(new IovaRange(iova, iova + length - 1));
                    }
                }
            }
        });

    private static ulong? Lowest(List<IovaRange> taken, ulong length, ulong alignment)
    {
        for (ulong at = alignment; at < 0x40000; at += alignment)
        {
            IovaRange candidate = new(at, at + length - 1);
            if (Array.Exists(s_ranges, r => r.Contains(at, length)) && taken.TrueForAll(t => t.Last < candidate.First || t.First > candidate.Last))
            {
                return at;
            }
        }

        return null;
    }

    private static ulong Take(IovaAllocator allocator, ulong length)
    {
        Assert.True(allocator.TryAllocate(s_ranges, length, Page, ulong.MaxValue, out ulong iova));
        return iova;
    }
}
