using Vfio.Transcripts.Coverage;

namespace Vfio.Lanes.Tests;

/// <summary>eng/coverage-of-handlers tells what is not reached, and which reasons hold.</summary>
public class HandlersCoverageTests
{
    private const string File = "Iommufd/One.cs";
    private static readonly string[] s_source = ["if (a)", "{", "    if (b)", "    {", "    }", "}"];

    [Fact]
    public void A_way_that_is_not_taken_needs_a_reason_and_what_lies_behind_it_none()
    {
        Unreached found = Assert.Single(Report(enter: 5, taken: 0).Unreached(Report(5, 1), _ => s_source));
        Assert.Equal(new Unreached(File, "One.Ask", "if (a)", 1, 1, IsPlayed: true), found);
        Assert.StartsWith("no reason (transcripts reach it): Iommufd/One.cs:1 One.Ask: 1 ways of if (a)", Assert.Single(Judge(Report(5, 0), Report(5, 1))), StringComparison.Ordinal);
        Assert.Empty(Judge(Report(5, 0), Report(5, 1), "Iommufd/One.cs\tOne.Ask\tif (a)\t1\ttranscript core/one: it asks."));
    }

    [Fact]
    public void A_method_that_is_not_entered_is_one()
        => Assert.Equal(new Unreached(File, "One.Ask", "*", 0, 1, IsPlayed: false), Assert.Single(Report(0, 0).Unreached(Report(0, 0), _ => s_source)));

    [Fact]
    public void A_reason_for_what_is_reached_is_told()
    {
        Assert.StartsWith("reached, or gone", Assert.Single(Judge(Report(5, 1), Report(5, 1), "Iommufd/One.cs\tOne.Ask\tif (a)\t1\thost: it refuses.")), StringComparison.Ordinal);
        Assert.StartsWith("reached, or gone", Assert.Single(Judge(Report(5, 1), Report(5, 1), "Iommufd/One.cs\t*\t*\t0\thost: it refuses.")), StringComparison.Ordinal);
        Assert.StartsWith("2 ways in the table", Assert.Single(Judge(Report(5, 0), Report(5, 1), "Iommufd/One.cs\tOne.Ask\tif (a)\t2\thost: it refuses.")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_that_names_a_transcript_is_held_against_what_transcripts_reach()
        => Assert.StartsWith(
            "no transcript reaches it", Assert.Single(Judge(Report(5, 0), Report(5, 0), "Iommufd/One.cs\tOne.Ask\tif (a)\t1\ttranscript core/one: it asks.")), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_nothing_enters_has_one_reason()
        => Assert.Empty(Judge(Report(0, 0), Report(0, 0), "Iommufd/One.cs\t*\t*\t0\tmachine: none has it."));

    private static IReadOnlyList<string> Judge(ReachReport generated, ReachReport played, params string[] reasons)
        => HandlersCommand.Judge(generated, generated.Unreached(played, _ => s_source), UnreachedReason.Read(["file\tmethod\tcode\tways\treason", .. reasons])).Complaints;

    // A method with a branch in the body of another.
    private static ReachReport Report(int enter, int taken) => ReachReport.Read($$$"""
        {"Vfio.SoftKernel.dll": {
          "/build/src/Vfio.SoftKernel/Sysfs/No.cs": {"Vfio.SoftKernel.Sysfs.No": {"System.Void Vfio.SoftKernel.Sysfs.No::Ask()": {"Lines": {"1": 0}, "Branches": []} } },
          "/build/src/Vfio.SoftKernel/{{{File}}}": {"Vfio.SoftKernel.Iommufd.One": {"System.Void Vfio.SoftKernel.Iommufd.One::Ask()": {
            "Lines": {"1": {{{enter}}}, "3": {{{taken}}}},
            "Branches": [
              {"Line": 1, "Offset": 1, "EndOffset": 2, "Path": 0, "Ordinal": 0, "Hits": {{{enter - taken}}}},
              {"Line": 1, "Offset": 1, "EndOffset": 9, "Path": 1, "Ordinal": 1, "Hits": {{{taken}}}},
              {"Line": 3, "Offset": 3, "EndOffset": 4, "Path": 0, "Ordinal": 2, "Hits": {{{taken}}}},
              {"Line": 3, "Offset": 3, "EndOffset": 9, "Path": 1, "Ordinal": 3, "Hits": {{{taken}}}}]} } } } }
        """);
}
