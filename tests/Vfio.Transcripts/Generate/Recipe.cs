namespace Vfio.Transcripts.Generate;

/// <summary>A step with holes.</summary>
/// <param name="Process">Whose it is; null for anybody's.</param>
/// <param name="Line">The step.</param>
internal sealed record Recipe(string? Process, string Line)
{
    /// <summary>Whose files its holes are filled with, where it takes one of another process.</summary>
    public string? Giver => Line.StartsWith("take ", StringComparison.Ordinal) ? Line[(Line.LastIndexOf(' ') + 1)..] : null;

    /// <summary>Reads <c>[PROCESS: ]STEP</c>.</summary>
    public static Recipe Read(string line)
    {
        int colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && colon < line.IndexOf(' ', StringComparison.Ordinal) ? new Recipe(line[..colon], line[(colon + 2)..]) : new Recipe(null, line);
    }
}
