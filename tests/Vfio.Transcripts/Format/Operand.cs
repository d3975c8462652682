namespace Vfio.Transcripts.Format;

/// <summary>What stands for an argument, a field or an element.</summary>
internal abstract record Operand
{
    /// <summary>A number, made of terms.</summary>
    public sealed record Number(IReadOnlyList<Term> Terms) : Operand;

    /// <summary>A string; in memory it ends in a zero byte.</summary>
    public sealed record Text(string Value) : Operand;

    /// <summary>
    /// An array in memory. Of numbers or of structs; <paramref name="Count"/> elements, those not written out like the last that is.
    /// </summary>
    /// <param name="Type">u8, u16, u32, u64, i32 or a struct's C name.</param>
    /// <param name="Count">How many elements.</param>
    /// <param name="Elements">Each as its fields; an element of numbers has one, without a name.</param>
    public sealed record Data(string Type, int Count, IReadOnlyList<IReadOnlyList<Argument>> Elements) : Operand;
}
