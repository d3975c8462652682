namespace Vfio.Transcripts.Format;

/// <summary>A transcript that cannot be read or carried out: a mistake of who wrote it, never an answer of a kernel.</summary>
internal sealed class TranscriptException : Exception
{
    /// <summary>A mistake.</summary>
    public TranscriptException(string message)
        : base(message)
    {
    }

    /// <summary>A mistake without a word on it.</summary>
    public TranscriptException()
    {
    }

    /// <summary>A mistake that another shows.</summary>
    public TranscriptException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
