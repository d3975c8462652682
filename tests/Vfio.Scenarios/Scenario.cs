namespace Vfio.Scenarios;

/// <summary>Something a VFIO program does and what must come of it, told once for every kernel it may run on.</summary>
/// <param name="Name">What it shows, in a few words; unique, and without a colon, which ends it in a result's line.</param>
/// <param name="Run">Does it; a wrong answer ends in <see cref="ScenarioFailedException"/>.</param>
public sealed record Scenario(string Name, Action<ScenarioContext> Run)
{
    /// <summary>The name: a test's row shows it.</summary>
    public override string ToString() => Name;
}
