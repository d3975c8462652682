namespace Vfio.Cli.Json;

/// <summary>An interface that is not taken, and why.</summary>
internal sealed record JsonRuledOut(string Interface, string Reason);
