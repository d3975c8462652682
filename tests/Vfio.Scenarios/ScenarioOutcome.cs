namespace Vfio.Scenarios;

/// <summary>How a scenario ended.</summary>
public enum ScenarioOutcome
{
    /// <summary>Everything answered as it must.</summary>
    Passed,

    /// <summary>Something did not.</summary>
    Failed,

    /// <summary>This machine cannot be asked; the detail says why.</summary>
    Skipped,
}
