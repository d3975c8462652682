using System.Globalization;

namespace Vfio.Transcripts.Generate;

/// <summary>What the steps of a sequence made so far, as far as that can be known before they are done.</summary>
internal sealed class MadeThings
{
    /// <summary>The process that steps without a name are of.</summary>
    public const string First = "first";

    private readonly Dictionary<string, List<(string Name, string Owner)>> _byKind = new(StringComparer.Ordinal);

    // A file's iommufd: of an iommufd the first name it had, of a device the one it is bound to.
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    // Which processes have a file.
    private readonly HashSet<(string Process, string Name)> _held = [];
    private string _owner = "";
    private string _process = First;
    private int _count;

    /// <summary>Ranges that calls were given.</summary>
    public List<(string Iova, string Length)> Ranges { get; } = [];

    /// <summary>The process beside the first; null while there is none.</summary>
    public string? Second { get; private set; }

    /// <summary>The name of the hole at a place of a recipe.</summary>
    public static string Hole(string line, int at)
    {
        int end = at + 1;
        while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] == '.'))
        {
            end++;
        }

        return line[(at + 1)..end];
    }

    /// <summary>The steps that follow are a process's.</summary>
    public void Do(string process) => _process = process;

    /// <summary>Whether there is a file for a recipe, and for an object it is about.</summary>
    public bool Has(string recipe)
    {
        for (int at = recipe.IndexOf('%', StringComparison.Ordinal); at >= 0; at = recipe.IndexOf('%', at + 1))
        {
            string hole = Hole(recipe, at).Replace("only.", "", StringComparison.Ordinal);
            bool isThere = hole switch
            {
                "iommufd" or "device" or "other" or "container" or "group" or "faultfile" or "eventqfile" or "accessfile" or "dmabuf" or "signal" or "kvm" or "vm" or "kvmvfio"
                    => _byKind.GetValueOrDefault(hole)?.Exists(file => _held.Contains((_process, file.Name))) ?? false,
                "hwpt" or "dev" or "viommu" or "stdev" or "parent" or "nested" or "table" or "tracked" => _byKind.GetValueOrDefault(hole) is { Count: > 0 },
                _ => true,
            };
            if (!isThere)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A name nothing has.</summary>
    public string NewName(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}{_count++}");

    /// <summary>The names of numbers.</summary>
    /// <param name="kind">The kind; null for all.</param>
    /// <param name="sameOwner">Those of the iommufd that the step is about alone, where there are any.</param>
    /// <param name="kinds">The kinds that are numbers.</param>
    public IReadOnlyList<string> Numbers(string? kind, bool sameOwner, IReadOnlySet<string> kinds)
    {
        (string Name, string Owner)[] all = kind is not null ? [.. _byKind.GetValueOrDefault(kind) ?? []]
            : [.. _byKind.Where(each => kinds.Contains(each.Key)).SelectMany(each => each.Value)];
        string[] own = [.. all.Where(each => each.Owner == _owner).Select(each => each.Name)];
        return sameOwner && own.Length > 0 ? own : [.. all.Select(each => each.Name)];
    }

    /// <summary>The names of files that the process has.</summary>
    /// <param name="kind">The kind; null for all.</param>
    /// <param name="kinds">The kinds that are numbers.</param>
    public IReadOnlyList<string> Files(string? kind, IReadOnlySet<string> kinds)
        => [.. (kind is not null ? _byKind.GetValueOrDefault(kind) ?? [] : _byKind.Where(each => !kinds.Contains(each.Key)).SelectMany(each => each.Value))
            .Where(each => _held.Contains((_process, each.Name))).Select(each => each.Name)];

    /// <summary>The file a step is about is chosen.</summary>
    public void About(string file) => _owner = _owners.GetValueOrDefault(file, "");

    /// <summary>A step is complete.</summary>
    public void Note(string line, IReadOnlyList<(string Kind, string Name)> made)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "process":
                Second = words[1];
                break;
            case "take":
                _held.Add((words[2] == First ? Second ?? First : First, words[1]));
                break;
            case "close":
                _held.Remove((_process, words[1]));
                break;
            default:
                break;
        }

        foreach (string word in words)
        {
            if (word.StartsWith("iommufd=@", StringComparison.Ordinal))
            {
                _owner = _owners[words[1]] = _owners.GetValueOrDefault(word[9..], "");
            }
        }

        foreach ((string kind, string name) in made)
        {
            if (kind == "iommufd")
            {
                _owners[name] = words[0] == "dup" ? _owners.GetValueOrDefault(words[1], name) : name;
            }

            _byKind.TryAdd(kind, []);
            _byKind[kind].Add((name, _owner));
            _held.Add((_process, name));
        }
    }
}
