namespace Vfio.Cli.Nvme;

/// <summary>Something that is not as it should be.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="What">What was found.</param>
/// <param name="Advice">What to do.</param>
internal sealed record HealthFinding(HealthLevel Level, string What, string Advice);
