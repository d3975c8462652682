using System.Globalization;
using System.Text;
using CsCheck;
using Vfio.Transcripts.Abi;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Generate;

/// <summary>
/// Sequences of steps that mostly make sense: files, objects and memory that earlier steps made, values where rules turn; and some that make none: a wrong
/// file, a size, a pointer, a field that should be zero.
/// </summary>
/// <param name="recipes">What they are made of.</param>
internal sealed class SequenceGen(Recipes recipes) : Gen<IReadOnlyList<Step>>
{
    private const int Least = 20;
    private const int Most = 45;

    private static readonly string[] s_hostile = ["1", "2", "0x10", "0xffff", "0x80000000", "0xffffffff", "ULONG_MAX"];

    private readonly (int Total, Recipe[] Table) _steps = Spread(recipes.Steps);

    /// <inheritdoc/>
    public override IReadOnlyList<Step> Generate(PCG pcg, Size? min, out Size size)
    {
        var made = new MadeThings();
        var steps = new List<Step>();
        foreach (Recipe recipe in Pick(pcg, recipes.Starts))
        {
            steps.Add(Make(pcg, recipe.Process ?? MadeThings.First, recipe.Line, made, mayBeSpoilt: false));
        }

        int count = Least + Below(pcg, Most - Least);
        while (steps.Count < count)
        {
            Recipe recipe = _steps.Table[Below(pcg, _steps.Total)];
            if (recipe.Process is not null && made.Second is null)
            {
                continue;
            }

            string process = recipe.Process ?? (made.Second is { } second && Below(pcg, 3) == 0 ? second : MadeThings.First);
            made.Do(recipe.Giver ?? process);

            // What nobody made yet is rarely asked for.
            if (made.Has(recipe.Line) || Below(pcg, 20) == 0)
            {
                steps.Add(Make(pcg, process, recipe.Line, made, mayBeSpoilt: true));
            }
        }

        size = new Size((ulong)steps.Count);
        return steps;
    }

    private Step Make(PCG pcg, string process, string line, MadeThings made, bool mayBeSpoilt)
    {
        string filled = Fill(pcg, line, made);
        filled = mayBeSpoilt ? Spoil(pcg, filled) : filled;
        return StepReader.Read(Tokens.Split(process == MadeThings.First ? filled : $"{process}: {filled}"));
    }

    private static int Below(PCG pcg, int limit) => (int)pcg.Next((uint)limit);

    private static T Any<T>(PCG pcg, IReadOnlyList<T> of) => of[Below(pcg, of.Count)];

    private static IReadOnlyList<Recipe> Pick(PCG pcg, IReadOnlyList<(int Weight, IReadOnlyList<Recipe> Lines)> from)
    {
        int at = Below(pcg, from.Sum(each => each.Weight));
        return from.First(each => (at -= each.Weight) < 0).Lines;
    }

    private static (int Total, Recipe[] Table) Spread(IReadOnlyList<(int Weight, Recipe Step)> from)
    {
        Recipe[] table = [.. from.SelectMany(each => Enumerable.Repeat(each.Step, each.Weight))];
        return (table.Length, table);
    }

    private string Fill(PCG pcg, string line, MadeThings made)
    {
        var text = new StringBuilder();
        List<(string Kind, string Name)> fresh = [];
        (string Iova, string Length)? range = null;
        (string? Iova, string? Length) used = default;
        for (int at = 0; at < line.Length; at++)
        {
            if (line[at] != '%')
            {
                text.Append(line[at]);
                continue;
            }

            string hole = MadeThings.Hole(line, at);
            at += hole.Length;
            if (hole.StartsWith("new.", StringComparison.Ordinal))
            {
                fresh.Add((hole[4..], made.NewName(hole[4..])));
                text.Append(fresh[^1].Name);
                continue;
            }

            string value;
            if (hole.StartsWith("was.", StringComparison.Ordinal))
            {
                range ??= made.Ranges.Count > 0 && Below(pcg, 4) > 0 ? Any(pcg, made.Ranges) : (Any(pcg, recipes.Pools["iova"]), Any(pcg, recipes.Pools["length"]));
                value = hole == "was.iova" ? range.Value.Iova : range.Value.Length;
            }
            else
            {
                value = recipes.Pools.TryGetValue(hole, out List<string>? pool) ? Any(pcg, pool) : Thing(pcg, hole, made);
            }

            used = hole switch
            {
                "iova" => (value, used.Length),
                "length" => (used.Iova, value),
                _ => used,
            };
            text.Append(value);

            // The first file of a step decides whose numbers fit.
            if (hole is "iommufd" or "device")
            {
                made.About(value);
            }
        }

        string filled = text.ToString();
        if (used is { Iova: { } iova, Length: { } length })
        {
            made.Ranges.Add((iova, length));
        }

        made.Note(filled, fresh);
        return filled;
    }

    // Something of a kind, of the right iommufd; now and then of another, or nothing.
    private string Thing(PCG pcg, string kind, MadeThings made)
    {
        bool isNumber = kind == "anyid" || recipes.NumberKinds.Contains(kind);
        int luck = Below(pcg, 100);
        bool isOnly = kind.StartsWith("only.", StringComparison.Ordinal);
        kind = isOnly ? kind[5..] : kind;
        bool isAny = !isOnly && (kind is "anyid" or "anyfile" || luck < (isNumber ? 4 : 2));
        string? of = isAny ? null : kind;
        IReadOnlyList<string> from = luck == 99 ? [] : isNumber ? made.Numbers(of, sameOwner: luck is > 10 and < 96, recipes.NumberKinds) : made.Files(of, recipes.NumberKinds);
        return from.Count > 0 ? isNumber ? $"${Any(pcg, from)}" : Any(pcg, from)
            : isNumber ? Any(pcg, recipes.Pools["id"]) : $"{kind}0";
    }

    private static string Spoil(PCG pcg, string line)
    {
        string[] words = line.Split(' ', 4);
        if (words.Length < 3 || words[0] != "ioctl" || !AbiNames.TryCall(words[2], out UapiCall? call) || call.StructName is null)
        {
            return line;
        }

        int luck = Below(pcg, 100);
        string sizeField = call.Argument == UapiArgument.Argsz ? "argsz" : "size";
        if (luck < 2)
        {
            // The names it would have given stay: later steps use them.
            return string.Join(' ', ["ioctl", words[1], words[2], Any(pcg, s_hostile), .. Tokens.Split(line).Where(word => word.Contains("=>", StringComparison.Ordinal))]);
        }

        if (luck < 6 && !line.Contains($" {sizeField}=", StringComparison.Ordinal) && AbiNames.Struct(call.StructName)?.Find(sizeField) is not null)
        {
            int[] near = [call.MinimumSize - 1, call.MinimumSize, call.Size - 4, call.Size - 1, call.Size, call.Size + 4, call.Size + 8, 4096, 4100];
            string tail = Below(pcg, 3) == 0 && !line.Contains("tail=", StringComparison.Ordinal) && !line.Contains("data={u64 ", StringComparison.Ordinal)
                && AbiNames.Struct(call.StructName)?.Flexible is null ? " tail={u32 0 1}" : "";
            return string.Create(CultureInfo.InvariantCulture, $"{line} {sizeField}={Any(pcg, near)}{tail}");
        }

        if (luck < 10 && AbiNames.Struct(call.StructName) is { } layout)
        {
            LayoutField field = Any(pcg, layout.Fields);
            if (field.IsNumber && field.Name != sizeField && !line.Contains($" {field.Name}=", StringComparison.Ordinal))
            {
                return $"{line} {field.Name}={Any(pcg, s_hostile)}";
            }
        }

        return line;
    }
}
