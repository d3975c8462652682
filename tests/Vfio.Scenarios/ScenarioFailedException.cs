namespace Vfio.Scenarios;

/// <summary>An answer was not the one it must be.</summary>
/// <param name="message">What was asked, what came, what should have.</param>
public sealed class ScenarioFailedException(string message) : Exception(message);
