using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>A child of <see cref="WorkerPool"/> while a session has it.</summary>
internal sealed class LentProcess(ChildProcess child, Stack<ChildProcess> owner) : IProcess
{
    /// <inheritdoc/>
    public Dictionary<string, ulong> Numbers => child.Numbers;

    /// <inheritdoc/>
    public string Run(Step step) => child.Run(step);

    /// <inheritdoc/>
    public string Take(IProcess from, string file) => child.Take(from, file);

    /// <inheritdoc/>
    public (int Process, int Descriptor) Locate(string file) => child.Locate(file);

    /// <summary>Gives it back.</summary>
    public void Dispose()
    {
        child.Clear();
        owner.Push(child);
    }
}
