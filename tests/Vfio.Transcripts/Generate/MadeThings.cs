using System.Globalization;

namespace Vfio.Transcripts.Generate;

/// <summary>What the steps of a sequence made so far, as far as that can be known before they are done.</summary>
internal sealed class MadeThings
{
    private readonly Dictionary<string, List<(string Name, string Owner)>> _byKind = new(StringComparer.Ordinal);

    // A file's iommufd: of an iommufd the first name it had, of a device the one it is bound to.
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);
    private string _owner = "";
    private int _count;

    /// <summary>Ranges that calls were given.</summary>
    public List<(string Iova, string Length)> Ranges { get; } = [];

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

    /// <summary>Whether there is a file for a recipe, and for an object it is about.</summary>
    public bool Has(string recipe)
    {
        for (int at = recipe.IndexOf('%', StringComparison.Ordinal); at >= 0; at = recipe.IndexOf('%', at + 1))
        {
            string hole = Hole(recipe, at);
            if (hole is "iommufd" or "device" or "container" or "group" or "hwpt" or "dev" or "viommu" or "stdev" or "faultfile" or "eventqfile" or "accessfile"
                && _byKind.GetValueOrDefault(hole) is not { Count: > 0 })
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A name nothing has.</summary>
    public string NewName(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}{_count++}");

    /// <summary>The names of a kind.</summary>
    /// <param name="kind">The kind; null for all numbers, or all files.</param>
    /// <param name="numbers">The kinds that are numbers when numbers are wanted, null when files are.</param>
    /// <param name="sameOwner">Numbers of the iommufd that the step is about alone, where there are any.</param>
    public IReadOnlyList<string> Of(string? kind, IReadOnlySet<string>? numbers, bool sameOwner)
    {
        (string Name, string Owner)[] all = kind is not null ? [.. _byKind.GetValueOrDefault(kind) ?? []]
            : [.. _byKind.Where(each => numbers?.Contains(each.Key) ?? !char.IsAsciiDigit(each.Key[0])).SelectMany(each => each.Value)];
        string[] own = [.. all.Where(each => each.Owner == _owner).Select(each => each.Name)];
        return numbers is not null && sameOwner && own.Length > 0 ? own : [.. all.Select(each => each.Name)];
    }

    /// <summary>The file a step is about is chosen.</summary>
    public void About(string file) => _owner = _owners.GetValueOrDefault(file, "");

    /// <summary>A step is complete.</summary>
    public void Note(string line, IReadOnlyList<(string Kind, string Name)> made)
    {
        string[] words = line.Split(' ');
        if (words[0] == "close")
        {
            foreach (List<(string Name, string Owner)> kind in _byKind.Values)
            {
                kind.RemoveAll(each => each.Name == words[1]);
            }
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
        }
    }
}
