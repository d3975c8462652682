using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vfio.Transcripts.Coverage;

/// <summary>What calls reached of the soft kernel's handlers, as coverlet wrote it down: eng/coverage-of-handlers.</summary>
/// <param name="Methods">The methods of the rooms that answer calls.</param>
internal sealed partial record ReachReport(IReadOnlyList<ReachedMethod> Methods)
{
    private const string Folder = "/src/Vfio.SoftKernel/";

    // The others are the machine's making, its sysfs, and the seam to the program.
    private static readonly string[] s_rooms = ["Core", "IommuCore", "IommuDrivers", "Iommufd", "Kvm", "Type1", "VfioCore", "VfioPci"];

    /// <summary>Reads a report in coverlet's own JSON.</summary>
    public static ReachReport Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        var methods = new List<ReachedMethod>();
        foreach (JsonProperty file in document.RootElement.EnumerateObject().SelectMany(module => module.Value.EnumerateObject()))
        {
            string path = file.Name[(file.Name.IndexOf(Folder, StringComparison.Ordinal) is >= 0 and var at ? at + Folder.Length : 0)..];
            if (s_rooms.Contains(path.Split('/')[0]))
            {
                methods.AddRange(file.Value.EnumerateObject().SelectMany(type => type.Value.EnumerateObject(), (type, method) => Method(path, type.Name, method)));
            }
        }

        return new ReachReport([.. methods.Where(method => method.Lines.Count > 0)]);
    }

    /// <summary>What was not reached; where several of one method read the same they are one.</summary>
    /// <param name="played">What transcripts reached.</param>
    /// <param name="sources">The lines of a file.</param>
    public IReadOnlyList<Unreached> Unreached(ReachReport played, Func<string, string[]> sources)
    {
        Dictionary<(string, string), ReachedMethod> others = played.Methods.ToDictionary(method => (method.File, method.Signature));
        HashSet<(string, string)> entered = [.. Methods.Where(method => method.IsEntered).Select(method => (method.File, method.Name))];
        var found = new List<Unreached>();
        foreach (ReachedMethod method in Methods)
        {
            ReachedMethod? other = others.GetValueOrDefault((method.File, method.Signature));
            string Code(int line) => sources(method.File)[line - 1].Trim().Replace('\t', ' ');
            if (!method.IsEntered)
            {
                // An overload, or a lambda of a method that was entered, is known by its first line.
                int first = method.Lines.Keys.Where(line => Code(line) != "{").DefaultIfEmpty(method.Lines.Keys.Min()).Min();
                found.Add(new(method.File, method.Name, entered.Contains((method.File, method.Name)) ? Code(first) : "*", 0, first, other?.IsEntered == true));
                continue;
            }

            foreach (IGrouping<int, (int Line, int Number)> branch in method.Ways.Where(way => way.Value == 0).Select(way => way.Key)
                .Where(way => method.Lines.GetValueOrDefault(way.Line, 1) > 0).GroupBy(way => way.Line))
            {
                found.Add(new(method.File, method.Name, Code(branch.Key), branch.Count(), branch.Key, branch.All(way => other?.Ways.GetValueOrDefault(way) > 0)));
            }
        }

        return [.. found.GroupBy(each => (each.File, each.Method, each.Code))
            .Select(same => same.First() with { Ways = same.Sum(each => each.Ways), IsPlayed = same.All(each => each.IsPlayed) })
            .OrderBy(each => each.File, StringComparer.Ordinal).ThenBy(each => each.Line)];
    }

    private static ReachedMethod Method(string file, string type, JsonProperty method)
    {
        // RETURN NAMESPACE.TYPE/NESTED::NAME(PARAMETERS); the compiler puts lambdas into <NAME>b__0, and iterators into a type <NAME>d__0.
        string name = method.Name.Split("::")[1].Split('(')[0];
        string shortType = type.Split('.')[^1].Split('/')[0];
        Match made = MadeFrom().Match(name) is { Success: true } inName ? inName : MadeFrom().Match(type);
        var ways = new Dictionary<(int, int), long>();
        foreach (JsonElement branch in method.Value.GetProperty("Branches").EnumerateArray())
        {
            ways[(branch.GetProperty("Line").GetInt32(), branch.GetProperty("Ordinal").GetInt32())] = branch.GetProperty("Hits").GetInt64();
        }

        return new ReachedMethod(file, $"{shortType}.{(made.Success ? made.Groups[1].Value : name)}", method.Name,
            method.Value.GetProperty("Lines").EnumerateObject().ToDictionary(line => int.Parse(line.Name, System.Globalization.CultureInfo.InvariantCulture), line => line.Value.GetInt64()), ways);
    }

    [GeneratedRegex("<([A-Za-z_.]\\w*)>")]
    private static partial Regex MadeFrom();
}
