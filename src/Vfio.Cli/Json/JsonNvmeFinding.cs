namespace Vfio.Cli.Json;

/// <summary>What is not as it should be: "warning" or "critical", what it is, what to do.</summary>
internal sealed record JsonNvmeFinding(string Level, string Message, string Advice);
