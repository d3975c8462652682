namespace Vfio.Transcripts.Format;

/// <summary>Names a part of an answer, for later steps: <c>out_ioas_id=&gt;$ioas</c>.</summary>
/// <param name="Field">The field; null for what the call returned.</param>
/// <param name="Sigil"><c>$</c> a number, <c>@</c> a new file, <c>&amp;</c> an address.</param>
/// <param name="Name">The name.</param>
internal sealed record Binding(string? Field, char Sigil, string Name);
