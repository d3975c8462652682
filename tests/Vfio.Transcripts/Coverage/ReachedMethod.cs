namespace Vfio.Transcripts.Coverage;

/// <summary>A method of the soft kernel, and how often its lines and the ways out of its branches were taken.</summary>
/// <param name="File">Its file, below src/Vfio.SoftKernel.</param>
/// <param name="Name">Its name; of a lambda or a local function that of the method it stands in.</param>
/// <param name="Signature">What tells it from others of that name.</param>
/// <param name="Lines">Hits by line.</param>
/// <param name="Ways">Hits by line and number of the way, in the order of the compiler's code.</param>
internal sealed record ReachedMethod(
    string File, string Name, string Signature, IReadOnlyDictionary<int, long> Lines, IReadOnlyDictionary<(int Line, int Number), long> Ways)
{
    /// <summary>Whether it was called.</summary>
    public bool IsEntered => Lines.Values.Any(hits => hits > 0);
}
