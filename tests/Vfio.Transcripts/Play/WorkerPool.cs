namespace Vfio.Transcripts.Play;

/// <summary>Children that are lent to one session after another: to start one takes longer than a sequence.</summary>
internal sealed class WorkerPool : IDisposable
{
    private readonly Dictionary<ProcessSettings, Stack<ChildProcess>> _idle = [];

    /// <summary>How many were started: each keeps descriptors here.</summary>
    public int Started { get; private set; }

    /// <summary>A child with an identity and nothing open. Disposed, it closes and unmaps all and comes back.</summary>
    public IProcess Lend(ProcessSettings settings, Dictionary<string, ulong> numbers)
    {
        if (!_idle.TryGetValue(settings, out Stack<ChildProcess>? idle))
        {
            _idle.Add(settings, idle = new Stack<ChildProcess>());
        }

        Started += idle.Count == 0 ? 1 : 0;
        ChildProcess child = idle.Count > 0 ? idle.Pop() : new ChildProcess(settings, numbers);
        child.Begin(numbers);
        return new LentProcess(child, idle);
    }

    /// <summary>Ends those that are not lent.</summary>
    public void Dispose()
    {
        foreach (ChildProcess child in _idle.Values.SelectMany(idle => idle))
        {
            child.Dispose();
        }

        _idle.Clear();
    }
}
