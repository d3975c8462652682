namespace Vfio.Transcripts.Format;

/// <summary>An argument of a step or a field of a struct.</summary>
/// <param name="Name">The field's or option's name; null for one by its place.</param>
/// <param name="Value">What it is.</param>
internal sealed record Argument(string? Name, Operand Value);
