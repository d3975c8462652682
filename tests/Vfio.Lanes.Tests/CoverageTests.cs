using Vfio.Transcripts.Coverage;
using Vfio.Transcripts.Format;

namespace Vfio.Lanes.Tests;

/// <summary>The table of eng/coverage-of-uapi says what is so.</summary>
public sealed class CoverageTests
{
    private static readonly string[] s_rows = ["call\tresult\thow", "IOMMU_DESTROY\tENOENT\trecorded", "IOMMU_DESTROY\tEBUSY\trecorded", "IOMMU_TEST_CMD DIRTY\tok\tmock"];

    [Fact]
    public void A_row_is_recorded_where_a_machine_gave_that_answer()
    {
        IReadOnlyList<CoverageRow> table = Table(["machines: amd intel", "ioctl i IOMMU_DESTROY id=5 -> 0", "  intel -> ENOENT"]);
        Assert.True(table[0].IsCovered);
        Assert.Equal("recorded", table[0].Evidence);
        Assert.False(table[1].IsCovered);
    }

    [Fact]
    public void An_answer_of_a_machine_the_transcript_is_not_for_counts_nothing()
        => Assert.False(Table(["machines: intel", "ioctl i IOMMU_DESTROY id=5 -> 0", "  amd -> ENOENT"])[0].IsCovered);

    [Fact]
    public void What_only_the_mock_shows_is_not_recorded_on_hardware()
    {
        IReadOnlyList<CoverageRow> table = Table(["machines: mock", "ioctl i IOMMU_DESTROY id=5 -> ENOENT", "ioctl i IOMMU_TEST_CMD op=DIRTY -> 0 out_nr_dirty=3"]);
        Assert.False(table[0].IsCovered);
        Assert.True(table[2].IsCovered);
    }

    [Fact]
    public void The_soft_kernels_own_answer_shows_nothing_without_a_source()
    {
        Assert.Null(Table(["machines: soft", "ioctl i IOMMU_DESTROY id=5 -> ENOENT"])[0].Evidence);
        Assert.Equal("source", Table(["machines: soft", "source: drivers/iommu/iommufd/main.c:iommufd_destroy no kernel here", "ioctl i IOMMU_DESTROY id=5 -> ENOENT"])[0].Evidence);
    }

    [Fact]
    public void What_was_begun_is_shown_by_the_finish_of_its_process()
    {
        IReadOnlyList<CoverageRow> table = Table(["machines: intel", "p2: begin ioctl i IOMMU_DESTROY id=5 -> ok", "p2: finish -> EBUSY"]);
        Assert.False(table[0].IsCovered);
        Assert.True(table[1].IsCovered);
    }

    [Fact]
    public void Every_row_says_where_it_must_be_shown()
        => Assert.All(File.ReadLines(Repository.At("tests", "transcripts", "rows.tsv")).Skip(1), row => CoverageTable.Rank(row.Split('\t')[2]));

    private static IReadOnlyList<CoverageRow> Table(string[] transcript) => CoverageTable.Build(s_rows, [Transcript.Parse("a.uapi", transcript)]);
}
