using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Coverage;

/// <summary>Every call with every answer it has, and the transcripts that show it.</summary>
internal static class CoverageTable
{
    private const string Recorded = "recorded";
    private const string Mock = "mock";
    private const string Source = "source";

    /// <summary>What counts for more has the lower rank.</summary>
    public static int Rank(string evidence) => evidence switch
    {
        Recorded => 0,
        Mock => 1,
        Source => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(evidence), evidence, "recorded, mock or source"),
    };

    /// <summary>The rows of a file, each with what shows it.</summary>
    public static IReadOnlyList<CoverageRow> Build(IEnumerable<string> rows, IEnumerable<Transcript> transcripts)
    {
        var shown = new Dictionary<(string Call, string Result, string Evidence), SortedSet<string>>();
        foreach (Transcript transcript in transcripts)
        {
            foreach ((string call, string result, string evidence) in Shown(transcript))
            {
                if (!shown.TryGetValue((call, result, evidence), out SortedSet<string>? paths))
                {
                    shown.Add((call, result, evidence), paths = new(StringComparer.Ordinal));
                }

                paths.Add(Path.GetFileNameWithoutExtension(transcript.Path));
            }
        }

        return [.. rows.Skip(1).Select(row => row.Split('\t')).Select(cells => Row(cells, shown))];
    }

    private static CoverageRow Row(string[] cells, Dictionary<(string Call, string Result, string Evidence), SortedSet<string>> shown)
    {
        foreach (string evidence in (string[])[Recorded, Mock, Source])
        {
            if (shown.TryGetValue((cells[0], cells[1], evidence), out SortedSet<string>? paths))
            {
                return new CoverageRow(cells[0], cells[1], cells[2], evidence, [.. paths]);
            }
        }

        return new CoverageRow(cells[0], cells[1], cells[2], null, []);
    }

    private static IEnumerable<(string Call, string Result, string Evidence)> Shown(Transcript transcript)
    {
        foreach (string capability in transcript.Headers("covers").SelectMany(covers => covers.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            foreach (string machine in transcript.Machines)
            {
                if (Evidence(transcript, machine) is { } evidence)
                {
                    yield return ($"capability {capability}", "ok", evidence);
                }
            }
        }

        // What a process began is answered by its finish.
        var begun = new Dictionary<string, Step>(StringComparer.Ordinal);
        foreach (TranscriptLine line in transcript.Steps)
        {
            Step step = line.Step!;
            if (step.IsBegun)
            {
                begun[step.Process ?? ""] = step;
                continue;
            }

            if (step.Verb == "finish" && begun.Remove(step.Process ?? "", out Step? first))
            {
                step = first;
            }

            foreach (string machine in transcript.Machines)
            {
                if (line.AnswerOf(machine) is not { } answer || Evidence(transcript, machine) is not { } evidence)
                {
                    continue;
                }

                string result = Enum.TryParse(answer.Split(' ')[0], out Errno error) && answer[0] is >= 'A' and <= 'Z' ? error.ToString() : "ok";
                foreach (string name in Names(step))
                {
                    yield return (name, result, evidence);
                }
            }
        }
    }

    // A soft machine's answer is worth what is said of the source beside it.
    private static string? Evidence(Transcript transcript, string machine) => machine switch
    {
        "soft" => transcript.Headers("source").Any() ? Source : null,
        "mock" => Mock,
        _ => Recorded,
    };

    private static IEnumerable<string> Names(Step step)
    {
        string name = step.Verb == "ioctl" ? step.Word(1) ?? "" : step.Verb;
        yield return name;
        switch (name)
        {
            case "IOMMU_TEST_CMD" when Value(step, "op") is { } operation:
                yield return $"{name} {AbiNameOf("IOMMU_TEST_OP_", operation)}";
                break;
            case "VFIO_DEVICE_FEATURE" when Value(step, "flags") is { } flags && UapiCatalogue.TryFindFeature((uint)flags, out UapiFeature? feature):
                yield return $"{name} {feature.Name["VFIO_DEVICE_FEATURE_".Length..]}";
                break;
            case "VFIO_CHECK_EXTENSION" when step.Arguments is [_, _, { Name: null, Value: Operand.Number { Terms: [var extension] } }]:
                yield return $"{name} {extension.Name}";
                break;
        }
    }

    private static string AbiNameOf(string prefix, ulong value) => Abi.AbiNames.NameOf(prefix, value)?[prefix.Length..] ?? "";

    private static ulong? Value(Step step, string field)
        => step.Arguments.FirstOrDefault(argument => argument.Name == field)?.Value is Operand.Number number
            ? number.Terms.Aggregate(0ul, (sum, term) => sum | term.Value) : null;
}
