namespace Vfio.Transcripts.Coverage;

/// <summary>A row of tests/transcripts/rows.tsv, and what shows it.</summary>
/// <param name="Call">A call, with its operation or feature; a system call; or a capability.</param>
/// <param name="Result">ok, or the errno.</param>
/// <param name="Claim">Where it must be shown: recorded on hardware, on the mock IOMMU, or by the kernel's source.</param>
/// <param name="Evidence">Where it is shown best; null where nowhere.</param>
/// <param name="Transcripts">The transcripts that show it there.</param>
internal sealed record CoverageRow(string Call, string Result, string Claim, string? Evidence, IReadOnlyList<string> Transcripts)
{
    /// <summary>Whether it is shown at least as well as it must be.</summary>
    public bool IsCovered => Evidence is not null && CoverageTable.Rank(Evidence) <= CoverageTable.Rank(Claim);
}
