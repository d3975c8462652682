using System.Globalization;
using System.Text;

namespace Vfio.Transcripts.Format;

/// <summary>A step as text: the other way than <see cref="StepReader"/>.</summary>
internal static class StepText
{
    /// <summary>The step as a line without an answer.</summary>
    public static string Of(Step step)
    {
        var text = new StringBuilder();
        if (step.Process is not null)
        {
            text.Append(step.Process).Append(": ");
        }

        text.Append(step.IsBegun ? "begin " : "").Append(step.Verb);
        foreach (Argument argument in step.Arguments)
        {
            text.Append(' ').Append(Of(argument));
        }

        foreach (Binding binding in step.Bindings)
        {
            text.Append(' ').Append(binding.Field).Append("=>").Append(binding.Sigil).Append(binding.Name);
        }

        return text.ToString();
    }

    /// <summary>A number as answers write it: small ones as people count, others as kernels print.</summary>
    public static string Of(ulong value)
        => value < 10 ? value.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private static string Of(Argument argument) => argument.Name is null ? Of(argument.Value) : $"{argument.Name}={Of(argument.Value)}";

    private static string Of(Operand operand) => operand switch
    {
        Operand.Number number => Of(number),
        Operand.Text text => text.Value.AsSpan().ContainsAny(' ', '<') || text.Value.Length == 0 ? $"\"{text.Value}\"" : text.Value,
        Operand.Data data => Of(data),
        _ => throw new InvalidOperationException(),
    };

    private static string Of(Operand.Number number)
    {
        var text = new StringBuilder();
        foreach (Term term in number.Terms)
        {
            if (text.Length > 0 || term.Operator == '-')
            {
                text.Append(term.Operator);
            }

            if (term.Sigil != ' ')
            {
                text.Append(term.Sigil);
            }

            text.Append(term.Name);
        }

        return text.ToString();
    }

    private static string Of(Operand.Data data)
    {
        bool isStruct = data.Elements.Any(element => element.Any(field => field.Name is not null));
        string count = data.Count == data.Elements.Count ? "" : string.Create(CultureInfo.InvariantCulture, $"*{data.Count}");
        IEnumerable<string> elements = data.Elements.Select(element => string.Join(' ', element.Select(Of)));
        return $"{{{data.Type}{count} {string.Join(isStruct ? ", " : " ", elements)}".TrimEnd() + "}";
    }
}
