using System.Globalization;
using Vfio.Transcripts.Coverage;
using Vfio.Transcripts.Format;
using Vfio.Transcripts.Generate;
using Vfio.Transcripts.Play;

const string Usage = """
    usage: Vfio.Transcripts play [--all] [-m MACHINE] FILE...   on the soft kernel: says the first difference of each
           Vfio.Transcripts record FILE...                      on this kernel: prints answers
           Vfio.Transcripts merge MACHINE=RECORDING... FILE...  puts printed answers into the files
           Vfio.Transcripts coverage ROWS FILE...               which rows of a table of calls and answers the files show
           Vfio.Transcripts handlers GENERATED PLAYED REASONS SOURCES   what of the soft kernel calls reached: eng/coverage-of-handlers
           Vfio.Transcripts generate [-m MACHINE] [--seed S] [--count N] [--first]   sequences on this kernel and the soft one beside it
             --save FILE | --check FILE                         on the soft kernel alone: answers written down, or compared with those
           Vfio.Transcripts list MACHINE FILE...                which of them are for a machine
           Vfio.Transcripts answer FILE...                      a transcript for soft alone gets the soft kernel's answers, to be read by its author
      FILE     a transcript, or a folder of them
      MACHINE  amd, intel, nosnoop, virtio, mock, shared, sriov, none, soft: one of those the transcript names
    """;

try
{
    return args switch
    {
        ["play", .. string[] rest] => Play(rest),
        ["record", .. string[] rest] => Record(rest),
        ["merge", .. string[] rest] => Merge(rest),
        ["coverage", var rows, .. string[] rest] => Coverage(rows, rest),
        ["handlers", var generated, var played, var reasons, var sources] => HandlersCommand.Run(
            ReachReport.Read(File.ReadAllText(generated)), ReachReport.Read(File.ReadAllText(played)), UnreachedReason.Read(File.ReadLines(reasons)), sources),
        ["generate", .. string[] rest] => Generate(rest),
        ["list", var machine, .. string[] rest] => List(machine, rest),
        ["answer", .. string[] rest] => Answer(rest),
        ["worker", var user, var capabilities, var limit] => Worker.Run(new ProcessSettings(
            uint.Parse(user, CultureInfo.InvariantCulture), ulong.Parse(capabilities, CultureInfo.InvariantCulture), ulong.Parse(limit, CultureInfo.InvariantCulture))),
        _ => Fail(Usage),
    };
}
catch (TranscriptException exception)
{
    return Fail(exception.Message);
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}

static IEnumerable<Transcript> Load(IEnumerable<string> paths)
    => paths.SelectMany(path => Directory.Exists(path)
            ? Directory.GetFiles(path, "*.uapi", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : Enumerable.Repeat(path, 1))
        .Select(Transcript.Load);

static int Play(string[] arguments)
{
    bool all = arguments.Contains("--all");
    int only = Array.IndexOf(arguments, "-m");
    string? wanted = only >= 0 ? arguments[only + 1] : null;
    int played = 0, wrong = 0;
    foreach (Transcript transcript in Load(arguments.Where((argument, i) => argument != "--all" && (only < 0 || (i != only && i != only + 1)))))
    {
        foreach (string machine in transcript.Machines.Where(machine => wanted is null || machine == wanted))
        {
            Difference[] differences = [.. Player.Play(transcript, machine).Take(all ? int.MaxValue : 1)];
            foreach (Difference difference in differences)
            {
                Console.WriteLine(difference);
            }

            played++;
            wrong += differences.Length > 0 ? 1 : 0;
        }
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{played} played, {wrong} with a difference"));
    return wrong == 0 ? 0 : 1;
}

static int Record(string[] arguments)
{
    foreach (Transcript transcript in Load(arguments))
    {
        Console.WriteLine($"@transcript {transcript.Path}");
        foreach ((int line, string answer) in Recorder.Record(transcript))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{line} {answer}"));
        }
    }

    return 0;
}

static int Coverage(string rows, string[] arguments)
{
    IReadOnlyList<CoverageRow> table = CoverageTable.Build(File.ReadLines(rows), Load(arguments));
    foreach (CoverageRow row in table)
    {
        Console.WriteLine($"{row.Call,-52} {row.Result,-12} {row.Evidence ?? "-",-9} {string.Join(' ', row.Transcripts.Take(4))}");
    }

    CoverageRow[] missing = [.. table.Where(row => !row.IsCovered)];
    Console.WriteLine();
    foreach (CoverageRow row in missing)
    {
        Console.WriteLine($"missing: {row.Call} {row.Result}: must be {row.Claim}, is {row.Evidence ?? "nowhere"}");
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.Count} rows, {missing.Length} without a transcript; {string.Join(", ", table.Where(row => row.IsCovered).GroupBy(row => row.Evidence).Select(same => string.Create(CultureInfo.InvariantCulture, $"{same.Key} {same.Count()}")))}"));
    return missing.Length == 0 ? 0 : 1;
}

static int Generate(string[] arguments)
{
    string Option(string name, string otherwise) => Array.IndexOf(arguments, name) is >= 0 and var at ? arguments[at + 1] : otherwise;
    string machine = Option("-m", "amd");
    uint seed = uint.Parse(Option("--seed", "1"), CultureInfo.InvariantCulture);
    int count = int.Parse(Option("--count", "2000"), CultureInfo.InvariantCulture);
    return Option("--save", "") is { Length: > 0 } save ? RememberCommand.Save(machine, seed, count, save)
        : Option("--check", "") is { Length: > 0 } check ? RememberCommand.Check(machine, seed, count, check)
        : GenerateCommand.Run(machine, seed, count, arguments.Contains("--first"));
}

static int List(string machine, string[] arguments)
{
    foreach (Transcript transcript in Load(arguments).Where(transcript => transcript.Machines.Contains(machine)))
    {
        Console.WriteLine(transcript.Path);
    }

    return 0;
}

// In the guest a file lies in /bin, its path in its name.
static string Key(string path) => path.Replace("/bin/", "", StringComparison.Ordinal).Replace('/', '_');

static int Merge(string[] arguments)
{
    // Path, machine, line.
    var recorded = new Dictionary<string, Dictionary<string, IReadOnlyDictionary<int, string>>>(StringComparer.Ordinal);
    foreach (string argument in arguments.Where(argument => argument.Contains('=')))
    {
        string[] parts = argument.Split('=', 2);
        Dictionary<int, string> answers = [];
        foreach (string line in File.ReadLines(parts[1]))
        {
            if (line.StartsWith("@transcript ", StringComparison.Ordinal))
            {
                string name = Key(line.Split(' ', 2)[1]);
                answers = [];
                recorded.TryAdd(name, []);
                recorded[name][parts[0]] = answers;
            }
            else if (line.Split(' ', 2) is [var number, var answer] && int.TryParse(number, CultureInfo.InvariantCulture, out int at))
            {
                answers[at] = answer;
            }
        }
    }

    foreach (Transcript transcript in Load(arguments.Where(argument => !argument.Contains('='))))
    {
        if (recorded.TryGetValue(Key(transcript.Path), out Dictionary<string, IReadOnlyDictionary<int, string>>? answers))
        {
            Recorder.Merge(transcript, answers);
            File.WriteAllLines(transcript.Path, transcript.Write());
        }
    }

    return 0;
}

static int Answer(string[] arguments)
{
    foreach (Transcript transcript in Load(arguments))
    {
        if (!transcript.Machines.SequenceEqual(["soft"]))
        {
            return Fail($"{transcript.Path} is not for soft alone: record it");
        }

        using var session = new SoftSession(Machines.Topology(transcript, "soft"));
        var answers = transcript.Steps.ToDictionary(line => line.Number, line => Player.Run(transcript, line, session.Run));
        Recorder.Merge(transcript, new Dictionary<string, IReadOnlyDictionary<int, string>> { ["soft"] = answers });
        File.WriteAllLines(transcript.Path, transcript.Write());
    }

    return 0;
}
