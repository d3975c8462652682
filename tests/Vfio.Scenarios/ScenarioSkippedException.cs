namespace Vfio.Scenarios;

/// <summary>The machine lacks what the scenario is about.</summary>
/// <param name="reason">What it lacks.</param>
public sealed class ScenarioSkippedException(string reason) : Exception(reason);
