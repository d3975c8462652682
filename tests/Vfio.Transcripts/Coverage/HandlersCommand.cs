using System.Globalization;

namespace Vfio.Transcripts.Coverage;

/// <summary>Tells what generated sequences reach of the soft kernel's handlers, and holds what they do not against a table of reasons.</summary>
internal static class HandlersCommand
{
    /// <summary>Runs; 1 where a branch has no reason, or a reason no branch.</summary>
    /// <param name="generated">What generated sequences reached.</param>
    /// <param name="played">What transcripts reached.</param>
    /// <param name="reasons">The table.</param>
    /// <param name="sources">src/Vfio.SoftKernel.</param>
    public static int Run(ReachReport generated, ReachReport played, IReadOnlyList<UnreachedReason> reasons, string sources)
    {
        Console.WriteLine($"{"",-46} {"generated sequences",-24} transcripts");
        Console.WriteLine($"{"",-46} {"lines",11} {"branches",12} {"lines",11} {"branches",12}");
        foreach (string file in generated.Methods.Select(method => method.File).Distinct().Order(StringComparer.Ordinal))
        {
            Console.WriteLine($"{file,-46} {Reached(generated, file)} {Reached(played, file)}");
        }

        Console.WriteLine($"{"all",-46} {Reached(generated, null)} {Reached(played, null)}");
        Console.WriteLine();

        var files = new Dictionary<string, string[]>(StringComparer.Ordinal);
        string[] Source(string file) => files.TryGetValue(file, out string[]? lines) ? lines : files[file] = File.ReadAllLines(Path.Combine(sources, file));
        (IReadOnlyList<string> complaints, IReadOnlyList<(Unreached What, UnreachedReason Why)> explained) = Judge(generated, generated.Unreached(played, Source), reasons);
        foreach (string complaint in complaints)
        {
            Console.WriteLine(complaint);
        }

        foreach (IGrouping<string, (Unreached What, UnreachedReason Why)> kind in explained.GroupBy(each => each.Why.Kind).OrderByDescending(kind => kind.Count()))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"not reached, {kind.Key}: {kind.Sum(each => each.What.Ways)} ways of {kind.Count(each => each.What.Ways > 0)} branches, {kind.Count(each => each.What.Ways == 0)} methods"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{explained.Count} branches and methods not reached by generated sequences with a reason, {complaints.Count} complaints"));
        return complaints.Count == 0 ? 0 : 1;
    }

    /// <summary>What has no reason and which reasons hold no longer; and what has one.</summary>
    public static (IReadOnlyList<string> Complaints, IReadOnlyList<(Unreached What, UnreachedReason Why)> Explained) Judge(
        ReachReport generated, IReadOnlyList<Unreached> unreached, IReadOnlyList<UnreachedReason> reasons)
    {
        var complaints = new List<string>();
        var explained = new List<(Unreached, UnreachedReason)>();
        Dictionary<(string File, string Method, string Code), UnreachedReason> table = reasons.ToDictionary(reason => (reason.File, reason.Method, reason.Code));
        HashSet<string> reachedFiles = [.. generated.Methods.Where(method => method.IsEntered).Select(method => method.File)];
        var used = new HashSet<UnreachedReason>();
        foreach (Unreached each in unreached)
        {
            UnreachedReason? reason = table.GetValueOrDefault((each.File, each.Method, each.Code)) ?? (reachedFiles.Contains(each.File) ? null : table.GetValueOrDefault((each.File, "*", "*")));
            string place = string.Create(CultureInfo.InvariantCulture, $"{each.File}:{each.Line} {each.Method}: {(each.Ways > 0 ? $"{each.Ways} ways of " : "")}{each.Code}");
            if (reason is not null)
            {
                used.Add(reason);
            }

            string? wrong = reason is null || reason.Ways < each.Ways ? "no reason"
                : reason.Ways > each.Ways ? $"{reason.Ways} ways in the table"
                : reason.Kind == UnreachedReason.Transcript && reason.Method != "*" && !each.IsPlayed ? "no transcript reaches it"
                : null;
            if (wrong is null)
            {
                explained.Add((each, reason!));
            }
            else
            {
                complaints.Add($"{wrong}{(reason is null && each.IsPlayed ? " (transcripts reach it)" : "")}: {place}");
            }
        }

        complaints.AddRange(reasons.Where(reason => !used.Contains(reason)).Select(reason => $"reached, or gone: {reason.File} {reason.Method}: {reason.Code}"));
        return (complaints, explained);
    }

    private static string Reached(ReachReport report, string? file)
    {
        ReachedMethod[] methods = [.. report.Methods.Where(method => file is null || method.File == file)];
        // A line can be of several methods: of a property, and of what makes it.
        IGrouping<(string File, int Line), long>[] lines = [.. methods.SelectMany(method => method.Lines, (method, line) => (method.File, line.Key, line.Value)).GroupBy(line => (line.File, line.Key), line => line.Value)];
        long[] ways = [.. methods.SelectMany(method => method.Ways.Values)];
        return string.Create(CultureInfo.InvariantCulture, $"{$"{lines.Count(line => line.Any(hits => hits > 0))}/{lines.Length}",11} {$"{ways.Count(hits => hits > 0)}/{ways.Length}",12}");
    }
}
