namespace Vfio.Transcripts.Format;

/// <summary>A file of steps and answers.</summary>
internal sealed class Transcript
{
    /// <summary>The machines a transcript is for that names none.</summary>
    private static readonly string[] s_usual = ["amd", "intel", "nosnoop", "virtio"];

    private Transcript(string path, IReadOnlyList<TranscriptLine> lines, IReadOnlyList<(string Key, string Value)> header)
    {
        Path = path;
        Lines = lines;
        Header = header;
        string? machines = Headers("machines").FirstOrDefault();
        Machines = machines is null ? s_usual : machines.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Every line.</summary>
    public IReadOnlyList<TranscriptLine> Lines { get; }

    /// <summary>What its head says, key by key.</summary>
    public IReadOnlyList<(string Key, string Value)> Header { get; }

    /// <summary>The machines it is recorded on; soft for one that no kernel here can be asked.</summary>
    public IReadOnlyList<string> Machines { get; }

    /// <summary>Its steps.</summary>
    public IEnumerable<TranscriptLine> Steps => Lines.Where(line => line.Step is not null);

    /// <summary>The values of a key of the head.</summary>
    public IEnumerable<string> Headers(string key) => Header.Where(entry => entry.Key == key).Select(entry => entry.Value);

    /// <summary>Reads a file.</summary>
    /// <exception cref="TranscriptException">It cannot be read; the message names the line.</exception>
    public static Transcript Load(string path) => Parse(path, File.ReadAllLines(path));

    /// <summary>Reads lines.</summary>
    /// <exception cref="TranscriptException">They cannot be read; the message names the line.</exception>
    public static Transcript Parse(string path, IReadOnlyList<string> text)
    {
        var lines = new List<TranscriptLine>();
        var header = new List<(string, string)>();
        for (int i = 0; i < text.Count; i++)
        {
            try
            {
                Add(lines, header, i + 1, text[i]);
            }
            catch (TranscriptException exception)
            {
                throw new TranscriptException($"{path}:{i + 1}: {exception.Message}", exception);
            }
        }

        return new Transcript(path, lines, header);
    }

    /// <summary>The file with the answers it has now.</summary>
    public IEnumerable<string> Write()
    {
        foreach (TranscriptLine line in Lines)
        {
            string? general = line.Answers.GetValueOrDefault("");
            yield return general is null ? line.Text : $"{line.Text} -> {general}";
            foreach (IGrouping<string, KeyValuePair<string, string>> same in line.Answers.Where(answer => answer.Key.Length > 0).GroupBy(answer => answer.Value))
            {
                yield return $"  {string.Join(' ', same.Select(answer => answer.Key))} -> {same.Key}";
            }
        }
    }

    private static void Add(List<TranscriptLine> lines, List<(string, string)> header, int number, string text)
    {
        List<string> words = text.StartsWith('#') ? [] : Tokens.Split(text);
        if (words.Count == 0)
        {
            lines.Add(new TranscriptLine(number, text, null));
            return;
        }

        int arrow = words.IndexOf("->");
        string answer = arrow < 0 ? "" : string.Join(' ', words.Skip(arrow + 1));
        if (text[0] == ' ')
        {
            TranscriptLine line = lines.Count > 0 && lines[^1].Step is not null && arrow > 0
                ? lines[^1] : throw new TranscriptException("a line that begins with a blank is MACHINE... -> ANSWER, under a step");
            foreach (string machine in words.Take(arrow))
            {
                line.Answers[machine] = answer;
            }

            return;
        }

        if (words[0] is "machines:" or "topology:" or "source:" or "covers:")
        {
            header.Add((words[0][..^1], string.Join(' ', words.Skip(1))));
            lines.Add(new TranscriptLine(number, text, null));
            return;
        }

        if (arrow == 0)
        {
            throw new TranscriptException("an answer to nothing");
        }

        List<string> call = arrow < 0 ? words : words[..arrow];
        var step = new TranscriptLine(number, string.Join(' ', call), StepReader.Read(call));
        if (arrow > 0)
        {
            step.Answers[""] = answer;
        }

        lines.Add(step);
    }
}
