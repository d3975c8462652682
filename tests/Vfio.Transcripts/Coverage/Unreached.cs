namespace Vfio.Transcripts.Coverage;

/// <summary>A branch that was come to and of which ways were never taken, or a method that was never entered. What lies behind either needs no word of its own.</summary>
/// <param name="File">The file, below src/Vfio.SoftKernel.</param>
/// <param name="Method">The method.</param>
/// <param name="Code">The line of the branch, however it moves; * for a whole method.</param>
/// <param name="Ways">How many ways were not taken; 0 for a method.</param>
/// <param name="Line">Where it stands now.</param>
/// <param name="IsPlayed">Whether the transcripts take them all.</param>
internal sealed record Unreached(string File, string Method, string Code, int Ways, int Line, bool IsPlayed);
