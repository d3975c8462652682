using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>Plays a transcript on the soft kernel and compares.</summary>
internal static class Player
{
    /// <summary>The differences from what a machine answered, the first first; a step that was never recorded is one.</summary>
    public static IEnumerable<Difference> Play(Transcript transcript, string machine)
    {
        using var session = new SoftSession(Machines.Topology(transcript, machine));
        foreach (TranscriptLine line in transcript.Steps)
        {
            string got = Run(transcript, line, session.Run);
            string expected = line.AnswerOf(machine) ?? "(not recorded)";
            if (got != expected)
            {
                yield return new Difference(transcript.Path, machine, line, expected, got);
            }
        }
    }

    /// <summary>A step, with the place named when it is badly written.</summary>
    public static string Run(Transcript transcript, TranscriptLine line, Func<Step, string> run)
    {
        try
        {
            return run(line.Step!);
        }
        catch (TranscriptException exception)
        {
            throw new TranscriptException($"{transcript.Path}:{line.Number}: {exception.Message}", exception);
        }
    }
}
