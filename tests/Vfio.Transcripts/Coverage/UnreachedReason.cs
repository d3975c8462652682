using System.Globalization;

namespace Vfio.Transcripts.Coverage;

/// <summary>A row of tests/transcripts/unreached.tsv: why generated sequences do not come somewhere.</summary>
/// <param name="File">The file, below src/Vfio.SoftKernel.</param>
/// <param name="Method">The method; * for the whole file.</param>
/// <param name="Code">The line of the branch; * for the whole method.</param>
/// <param name="Ways">How many of its ways are meant; 0 for a method.</param>
/// <param name="Kind">What kind of reason: the first word. Of a transcript it is looked up.</param>
/// <param name="Text">The reason.</param>
internal sealed record UnreachedReason(string File, string Method, string Code, int Ways, string Kind, string Text)
{
    /// <summary>Reached by a transcript: held against what the transcripts reach.</summary>
    public const string Transcript = "transcript";

    /// <summary>The rows of a file.</summary>
    public static IReadOnlyList<UnreachedReason> Read(IEnumerable<string> lines) => [.. lines.Skip(1).Select(Parse)];

    private static UnreachedReason Parse(string line) => line.Split('\t') is [var file, var method, var code, var ways, var reason]
        ? new(file, method, code, int.Parse(ways, CultureInfo.InvariantCulture), reason.Split(':')[0].Split(' ')[0], reason)
        : throw new FormatException($"not file, method, code, ways, reason: {line}");
}
