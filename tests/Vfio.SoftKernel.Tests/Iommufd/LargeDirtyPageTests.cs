using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Dirty tracking of large leaves in a page table whose smallest page is half one of the memory's.</summary>
public sealed class LargeDirtyPageTests
{
    [Fact]
    public void A_large_leaf_at_the_end_of_its_table_is_no_half_of_whatever_lies_behind_the_table()
    {
        const ulong Size = 1 << 20;
        const ulong Large = 511 * Size;
        IommuUnit unit = new() { Name = "mock", Kind = IommuKind.Mock, PageSizes = 2048 | 4096, ApertureLast = (1UL << 38) - 1 };
        IommuDomain domain = unit.AllocateDomain(new IommuGeometry(unit.PageSizes, 0, unit.ApertureLast), tracksDirty: true);
        LargePages memory = new();
        domain.Map(Large, memory, 0, Size, Hardware.Iommus.DmaAccess.Write);

        // Its table comes next to the one above, and begins with a leaf of the very next page.
        domain.Map(0, memory, 2048, 2048, Hardware.Iommus.DmaAccess.Write);

        domain.MarkDirty(Large + 0x8_0000);
        Found found = new();
        domain.ReadDirty(Large, Large + Size - 1, clear: true, found);
        Assert.Equal([(Large, Large + Size - 1)], found.Pages);

        domain.MarkDirty(0);
        found.Pages.Clear();
        domain.ReadDirty(Large, Large + Size - 1, clear: true, found);
        Assert.Empty(found.Pages);
    }

    [Fact]
    public void A_page_of_two_halves_is_one_though_a_device_has_used_only_one_of_them()
    {
        IommuUnit unit = new() { Name = "mock", Kind = IommuKind.Mock, PageSizes = 2048 | 4096, ApertureLast = (1UL << 38) - 1 };
        IommuDomain domain = unit.AllocateDomain(new IommuGeometry(unit.PageSizes, 0, unit.ApertureLast), tracksDirty: true);
        domain.Map(0, new ArrayBacking(4096), 0, 4096, Hardware.Iommus.DmaAccess.Read);
        Assert.True(domain.TryRead(0, new byte[1]));

        domain.MarkDirty(2048);
        Found found = new();
        domain.ReadDirty(0, 4095, clear: false, found);
        Assert.Equal([(0UL, 2047UL)], found.Pages);
    }

    private sealed class Found : IDirtyPages
    {
        public List<(ulong, ulong)> Pages { get; } = [];

        public void Add(ulong iova, ulong last) => Pages.Add((iova, last));
    }

    private sealed class LargePages : DmaBacking
    {
        public override ulong Length => 4 << 20;

        public override ulong PageSize => 2 << 20;

        public override bool TryRead(ulong offset, Span<byte> destination) => true;

        public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => true;

        protected override void Free()
        {
        }
    }
}
