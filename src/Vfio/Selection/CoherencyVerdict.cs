namespace Vfio;

/// <summary>An answer and what it rests on.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Evidence">What was read or asked, and what it said.</param>
/// <param name="Confirmed">Whether the kernel said so of the attached device; false for what sysfs lets one expect.</param>
public sealed record CoherencyVerdict(Coherency Verdict, string Evidence, bool Confirmed = false);
