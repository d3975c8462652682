namespace Vfio.Cli.Json;

/// <summary>"enforced", "notEnforced" or "unknown", and what that rests on.</summary>
internal sealed record JsonCoherency(string Verdict, string Evidence)
{
    public static JsonCoherency Of(CoherencyVerdict verdict) => new(
        verdict.Verdict switch
        {
            Coherency.Enforced => "enforced",
            Coherency.NotEnforced => "notEnforced",
            _ => "unknown",
        },
        verdict.Evidence);
}
