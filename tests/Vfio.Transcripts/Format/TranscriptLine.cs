namespace Vfio.Transcripts.Format;

/// <summary>A line of a transcript: a step with what was answered, or text that stays as it is.</summary>
/// <param name="number">Which line of the file, from 1.</param>
/// <param name="text">The step as it was written, without an answer; or the whole line.</param>
/// <param name="step">The step; null for a comment or an empty line.</param>
internal sealed class TranscriptLine(int number, string text, Step? step)
{
    /// <summary>Which line of the file, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>The step as it was written, without an answer; or the whole line.</summary>
    public string Text { get; } = text;

    /// <summary>The step; null for a comment or an empty line.</summary>
    public Step? Step { get; } = step;

    /// <summary>What a machine answered; under an empty name what all others did.</summary>
    public Dictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>What a machine answered; null when nobody asked it.</summary>
    public string? AnswerOf(string machine) => Answers.GetValueOrDefault(machine) ?? Answers.GetValueOrDefault("");
}
