using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>Where an answer is not what it should be, told in the terms of the call.</summary>
/// <param name="Path">The transcript.</param>
/// <param name="Machine">The machine.</param>
/// <param name="Line">The step.</param>
/// <param name="Expected">What was recorded.</param>
/// <param name="Got">What came.</param>
internal sealed record Difference(string Path, string Machine, TranscriptLine Line, string Expected, string Got)
{
    /// <summary>The part in which they differ first: the result, or a field.</summary>
    public string Where
    {
        get
        {
            List<string> expected = Tokens.Split(Expected);
            List<string> got = Tokens.Split(Got);
            if (expected.Count == 0 || got.Count == 0 || expected[0] != got[0])
            {
                return $"expected {expected.FirstOrDefault() ?? "nothing"}, got {got.FirstOrDefault() ?? "nothing"}";
            }

            string wanted = expected.Except(got).FirstOrDefault() ?? "nothing more";
            string came = got.Except(expected).FirstOrDefault() ?? "nothing more";
            string name = (wanted.Contains('=') ? wanted : came).Split('=')[0];
            return $"{name}: expected {Value(wanted, name)}, got {Value(came, name)}";
        }
    }

    /// <inheritdoc/>
    public override string ToString()
        => $"{Path}:{Line.Number}: on {Machine}: {Line.Text}\n  {Where}\n  expected: {Expected}\n  got:      {Got}";

    private static string Value(string token, string name)
        => token.StartsWith($"{name}=", StringComparison.Ordinal) ? token[(name.Length + 1)..] : token.Contains('=') ? "no change" : token;
}
