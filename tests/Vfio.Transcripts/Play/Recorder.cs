using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>Asks the kernel this process runs on, and puts answers into transcripts.</summary>
internal static class Recorder
{
    /// <summary>Does a transcript's steps here; each line's number and answer.</summary>
    public static IEnumerable<(int Line, string Answer)> Record(Transcript transcript)
    {
        using var session = new Session(RealProcess.Create);
        foreach (TranscriptLine line in transcript.Steps)
        {
            yield return (line.Number, Player.Run(transcript, line, session.Run));
        }
    }

    /// <summary>Puts a machine's answers in; the most common answer of a step becomes that of all.</summary>
    public static void Merge(Transcript transcript, IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>> answers)
    {
        foreach (TranscriptLine line in transcript.Steps)
        {
            var all = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string machine in transcript.Machines)
            {
                string? answer = answers.GetValueOrDefault(machine)?.GetValueOrDefault(line.Number) ?? line.AnswerOf(machine);
                if (answer is not null)
                {
                    all[machine] = answer;
                }
            }

            line.Answers.Clear();
            if (all.Count == 0)
            {
                continue;
            }

            string common = all.GroupBy(answer => answer.Value).OrderByDescending(same => same.Count()).First().Key;
            line.Answers[""] = common;
            foreach ((string machine, string answer) in all.Where(answer => answer.Value != common))
            {
                line.Answers[machine] = answer;
            }
        }
    }
}
