using System.Globalization;

namespace Vfio.Transcripts.Generate;

/// <summary>recipes.txt: what generated sequences are made of. Its head says how to read it.</summary>
internal sealed class Recipes
{
    private readonly Dictionary<string, List<string>> _pools = new(StringComparer.Ordinal);
    private readonly List<(int Weight, IReadOnlyList<Recipe> Lines)> _starts = [];
    private readonly List<(int Weight, Recipe Step)> _steps = [];

    private Recipes()
    {
    }

    /// <summary>Values by name.</summary>
    public IReadOnlyDictionary<string, List<string>> Pools => _pools;

    /// <summary>Ways to begin.</summary>
    public IReadOnlyList<(int Weight, IReadOnlyList<Recipe> Lines)> Starts => _starts;

    /// <summary>Steps.</summary>
    public IReadOnlyList<(int Weight, Recipe Step)> Steps => _steps;

    /// <summary>The kinds of things that are numbers, not files.</summary>
    public HashSet<string> NumberKinds { get; } = new(StringComparer.Ordinal);

    /// <summary>Those for a machine.</summary>
    public static Recipes For(string machine)
    {
        using Stream stream = typeof(Recipes).Assembly.GetManifestResourceStream("recipes.txt") ?? throw new InvalidOperationException("recipes.txt is not embedded.");
        using var reader = new StreamReader(stream);
        var recipes = new Recipes();
        List<Recipe>? start = null;
        bool wanted = true;
        while (reader.ReadLine() is { } line)
        {
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case []:
                    break;
                case ["with", .. var machines]:
                    wanted = machines.Contains(machine);
                    break;
                case var _ when !wanted || line.StartsWith('#'):
                    break;
                case ["pool", var pool, .. var values]:
                    recipes._pools.TryAdd(pool, []);
                    recipes._pools[pool].AddRange(values);
                    break;
                case ["start", var weight]:
                    start = [];
                    recipes._starts.Add((int.Parse(weight, CultureInfo.InvariantCulture), start));
                    break;
                case ["steps"]:
                    start = null;
                    break;
                case var _ when start is not null:
                    start.Add(Recipe.Read(line));
                    break;
                default:
                    int blank = line.IndexOf(' ', StringComparison.Ordinal);
                    recipes._steps.Add((int.Parse(line.AsSpan(0, blank), CultureInfo.InvariantCulture), Recipe.Read(line[(blank + 1)..])));
                    break;
            }
        }

        foreach (string line in recipes._steps.Select(each => each.Step).Concat(recipes._starts.SelectMany(each => each.Lines)).Select(recipe => recipe.Line))
        {
            for (int at = 0; (at = line.IndexOf("$%new.", at, StringComparison.Ordinal)) >= 0; at++)
            {
                recipes.NumberKinds.Add(new string([.. line[(at + 6)..].TakeWhile(char.IsAsciiLetterOrDigit)]));
            }
        }

        return recipes;
    }
}
