using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>One thing a call was given or gave: a number, a text, or numbers in a row.</summary>
/// <param name="Name">What it is called: a struct's field by its name in C.</param>
/// <param name="Value">The number.</param>
internal sealed record TracedArgument(string Name, ulong Value)
{
    // Where numbers are addresses, lengths and masks.
    private static readonly string[] s_hexadecimal = ["iova", "_va", "vaddr", "addr", "ptr", "length", "size", "offset", "bitmap", "mask", "request", "argument"];

    /// <summary>How a person reads the number, where it has names.</summary>
    public string? Symbol { get; init; }

    /// <summary>It is signed in C.</summary>
    public bool IsSigned { get; init; }

    /// <summary>It is this text, and no number.</summary>
    public string? Text { get; init; }

    /// <summary>It is these numbers, and not one.</summary>
    public IReadOnlyList<long>? Numbers { get; init; }

    /// <summary>A field of a call's struct, or of a feature's data.</summary>
    public static TracedArgument Of(string call, UapiField field, string prefix = "")
        => new(prefix + field.Name, field.Value) { IsSigned = field.IsSigned, Symbol = UapiSymbols.Name(call, field.Name, field.Value) };

    /// <summary>A field that is a number of things, whatever it is called.</summary>
    public TracedArgument AsCount() => this with { Symbol = Value.ToString(CultureInfo.InvariantCulture) };

    /// <summary>For people.</summary>
    public override string ToString()
    {
        if (Numbers is not null)
        {
            return $"[{string.Join(", ", Numbers)}]";
        }

        if (Text is not null)
        {
            return Quote(Text);
        }

        const ulong MostDecimal = 9999;
        return Symbol
            ?? (IsSigned ? ((long)Value).ToString(CultureInfo.InvariantCulture)
                : Value <= MostDecimal && !Array.Exists(s_hexadecimal, part => Name.Contains(part, StringComparison.Ordinal)) ? Value.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}"));
    }

    // What is written to a control file ends in a line feed, and a program may write anything.
    private static string Quote(string text)
        => $"\"{string.Concat(text.Select(static letter => letter switch
        {
            '\n' => "\\n",
            '"' or '\\' => $"\\{letter}",
            < ' ' or '\x7f' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
            _ => letter.ToString(),
        }))}\"";
}
