namespace Vfio.Transcripts.Format;

/// <summary>One operation: what text, executor and generator share.</summary>
/// <param name="Process">Who does it; null for the first process.</param>
/// <param name="Verb">open, ioctl, read...</param>
/// <param name="Arguments">With what, in order; an ioctl's request is the second.</param>
/// <param name="Bindings">What of the answer gets a name.</param>
/// <param name="IsBegun">Only begun: the answer is that of the process's finish.</param>
internal sealed record Step(string? Process, string Verb, IReadOnlyList<Argument> Arguments, IReadOnlyList<Binding> Bindings, bool IsBegun = false)
{
    /// <summary>The text of the argument at a place that is a word: a file's name, a request, a path; null when there is none.</summary>
    public string? Word(int index)
        => index < Arguments.Count && Arguments[index] is { Name: null, Value: Operand.Text word } ? word.Value : null;

    /// <inheritdoc/>
    public override string ToString() => StepText.Of(this);
}
