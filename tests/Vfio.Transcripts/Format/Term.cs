namespace Vfio.Transcripts.Format;

/// <summary>One part of a number as a transcript writes it.</summary>
/// <param name="Operator">What joins it to what stands before: <c>+</c>, <c>-</c> or <c>|</c>.</param>
/// <param name="Sigil"><c>$</c> a number that an answer gave, <c>&amp;</c> memory, <c>@</c> a file, <c>~</c> a literal inverted; a space for a literal or a constant.</param>
/// <param name="Name">What it is called; of a literal its text.</param>
/// <param name="Value">Of a literal or a constant, its value.</param>
internal readonly record struct Term(char Operator, char Sigil, string Name, ulong Value);
