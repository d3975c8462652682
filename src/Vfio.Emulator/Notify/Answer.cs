namespace Vfio.Emulator.Notify;

/// <summary>What a call is answered.</summary>
/// <param name="Kind">How.</param>
/// <param name="Result">Zero or more, or a negative errno.</param>
internal readonly record struct Answer(AnswerKind Kind, long Result)
{
    /// <summary>The host's kernel does it.</summary>
    public static Answer Continue => default;

    /// <summary>It has been answered.</summary>
    public static Answer Given => new(AnswerKind.Given, 0);

    /// <summary>A result.</summary>
    public static Answer Of(long result) => new(AnswerKind.Result, result);
}
