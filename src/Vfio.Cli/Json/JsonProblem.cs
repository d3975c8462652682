namespace Vfio.Cli.Json;

/// <summary>Why a function cannot be opened now, and what to do.</summary>
internal sealed record JsonProblem(string Errno, string Message, string Advice);
