using System.Diagnostics;
using System.Globalization;
using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>A process of its own that does steps it is told by a pipe: this executable as <c>worker</c> (<see cref="Worker"/>).</summary>
/// <remarks>A line goes down, a line comes up; numbers that have names go with it as <c>$NAME=VALUE</c>.</remarks>
internal sealed class ChildProcess : IProcess
{
    private readonly Process _child;

    // What both sides know of the numbers: a pipe's line costs more than most steps.
    private readonly Dictionary<string, ulong> _known = new(StringComparer.Ordinal);

    /// <summary>Starts it with an identity.</summary>
    public ChildProcess(ProcessSettings settings, Dictionary<string, ulong> numbers)
    {
        Numbers = numbers;
        string[] arguments =
        [
            "worker", settings.UserId.ToString(CultureInfo.InvariantCulture), settings.Capabilities.ToString(CultureInfo.InvariantCulture),
            settings.MemlockLimit.ToString(CultureInfo.InvariantCulture),
        ];
        _child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })
            ?? throw new TranscriptException("no child process");
    }

    /// <inheritdoc/>
    public Dictionary<string, ulong> Numbers { get; private set; }

    /// <inheritdoc/>
    public string Run(Step step) => Ask((step with { Process = null }).ToString());

    /// <inheritdoc/>
    public string Take(IProcess from, string file)
    {
        (int process, int descriptor) = from.Locate(file);
        return Ask(string.Create(CultureInfo.InvariantCulture, $"!take {file} {process} {descriptor}"));
    }

    /// <inheritdoc/>
    public (int Process, int Descriptor) Locate(string file)
        => (_child.Id, int.Parse(Ask($"!locate {file}"), CultureInfo.InvariantCulture));

    /// <summary>A session with other numbers begins.</summary>
    public void Begin(Dictionary<string, ulong> numbers) => Numbers = numbers;

    /// <summary>Closes and unmaps all it has, and forgets the numbers.</summary>
    public void Clear()
    {
        Numbers = new(StringComparer.Ordinal);
        Ask("!clear");
        _known.Clear();
    }

    /// <summary>Ends it, and waits.</summary>
    public void Dispose()
    {
        _child.StandardInput.Close();
        _child.WaitForExit();
        _child.Dispose();
    }

    private string Ask(string line)
    {
        foreach ((string name, ulong value) in Numbers)
        {
            if (!_known.TryGetValue(name, out ulong known) || known != value)
            {
                _known[name] = value;
                _child.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"${name}={value}"));
            }
        }

        _child.StandardInput.WriteLine(line);
        _child.StandardInput.Flush();
        while (_child.StandardOutput.ReadLine() is { } answer)
        {
            if (!answer.StartsWith('$'))
            {
                return answer.StartsWith('!') ? throw new TranscriptException(answer[1..]) : answer;
            }

            int equals = answer.IndexOf('=', StringComparison.Ordinal);
            string changed = answer[1..equals];
            Numbers[changed] = _known[changed] = ulong.Parse(answer.AsSpan(equals + 1), CultureInfo.InvariantCulture);
        }

        throw new TranscriptException("the child process ended");
    }
}
