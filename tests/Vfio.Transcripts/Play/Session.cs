using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>A transcript being carried out: its processes and the names that answers gave.</summary>
/// <param name="create">Makes a process with an identity, null for the first; the numbers that have names are common to all.</param>
internal sealed class Session(Func<ProcessSettings?, Dictionary<string, ulong>, IProcess> create) : IDisposable
{
    private const string First = "";

    private readonly Dictionary<string, IProcess> _processes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _numbers = new(StringComparer.Ordinal);

    /// <summary>Does a step; what it answers.</summary>
    /// <exception cref="TranscriptException">It cannot be done as it is written.</exception>
    public string Run(Step step)
    {
        switch (step.Verb)
        {
            case "process":
                _processes.Add(step.Word(0)!, create(Settings(step), _numbers));
                return "ok";
            case "exit":
                string name = step.Process ?? step.Word(0)!;
                Process(name).Dispose();
                _processes.Remove(name);
                return "ok";
            case "take":
                return Process(step.Process).Take(Process(step.Word(1)), step.Word(0)!);
            default:
                return Process(step.Process).Run(step);
        }
    }

    /// <summary>Ends every process.</summary>
    public void Dispose()
    {
        foreach (IProcess process in _processes.Values)
        {
            process.Dispose();
        }
    }

    private IProcess Process(string? name)
    {
        name = name is null or "first" ? First : name;
        if (!_processes.TryGetValue(name, out IProcess? process))
        {
            if (name.Length > 0)
            {
                throw new TranscriptException($"there is no process {name}: make it with 'process {name}'");
            }

            _processes.Add(First, process = create(null, _numbers));
        }

        return process;
    }

    private static ProcessSettings Settings(Step step)
    {
        ulong? Option(string name) => step.Arguments.FirstOrDefault(argument => argument.Name == name)?.Value is Operand.Number number
            ? number.Terms.Aggregate(0ul, (sum, term) => sum | term.Value) : null;
        uint user = (uint)(Option("uid") ?? 0);
        return new ProcessSettings(user, Option("caps") ?? (user == 0 ? ulong.MaxValue : 0), Option("memlock") ?? ulong.MaxValue);
    }
}
