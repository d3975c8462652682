using System.Diagnostics;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Transcripts.Format;
using Vfio.Transcripts.Play;
using Vfio.Uapi;

namespace Vfio.Transcripts.Generate;

/// <summary>The kernel this process runs on and a soft one beside it: the same steps on both.</summary>
/// <param name="topology">Makes the soft machine that mirrors this one.</param>
internal sealed class TwoKernels(Func<MachineTopology> topology) : IDisposable
{
    // A machine is used for many sequences, so that what one leaves behind shows in another.
    private const int SequencesOfAMachine = 200;

    private readonly WorkerPool _workers = new();
    private Func<ProcessSettings?, Dictionary<string, ulong>, IProcess>? _create;
    private SoftMachine? _machine;
    private Places? _places;
    private int _used;
    private volatile string _kernel = "";
    private volatile IReadOnlyList<Step> _steps = [];
    private volatile int _index;
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>How long the sequence that is being done has taken: a call that does not return is a difference too.</summary>
    public TimeSpan Busy => Stopwatch.GetElapsedTime(Interlocked.Read(ref _since));

    /// <summary>Where it is: the kernel, and the steps up to the one under way.</summary>
    public IEnumerable<string> Position => [$"# {_kernel} does not return from the last, or from closing all:", .. _steps.Take(_index + 1).Select(step => step.ToString())];

    /// <summary>Does the steps on both; the answers of the first in which they differ, or null.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="fresh">On a soft machine of its own.</param>
    /// <param name="told">Each step with what Linux answered.</param>
    public (int Index, string Linux, string Soft)? Compare(IReadOnlyList<Step> steps, bool fresh, Action<Step, string>? told = null)
    {
        var linux = new List<string>(steps.Count);
        Interlocked.Exchange(ref _since, Stopwatch.GetTimestamp());
        Begin("Linux", steps, 0);
        int free = FreeDescriptor();
        int started = _workers.Started;
        using (var real = new Session(_create ??= RealProcess.CreateFrom(_workers)))
        {
            foreach (Step step in steps)
            {
                Begin("Linux", steps, linux.Count);
                linux.Add(real.Run(step));
                told?.Invoke(step, linux[^1]);
            }
        }

        if (FreeDescriptor() != free && _workers.Started == started)
        {
            // What stays open would answer for sequences to come.
            return (steps.Count - 1, $"{linux[^1]} and a descriptor is left open", linux[^1]);
        }

        if (fresh || _used++ % SequencesOfAMachine == 0)
        {
            _machine?.Dispose();
            _machine = new SoftMachine(topology(), VfioHost.Local.Calls);
            _places = new Places(new SoftSystemCalls(_machine));
        }

        using SoftSession soft = new(_machine!, _places);
        for (int i = 0; i < steps.Count; i++)
        {
            Begin("soft", steps, i);
            string answer = Run(soft, steps[i]);
            if (answer != linux[i])
            {
                return (i, linux[i], answer);
            }
        }

        return null;
    }

    /// <summary>Switches the soft machine off, and ends the children.</summary>
    public void Dispose()
    {
        _machine?.Dispose();
        _workers.Dispose();
    }

    // The lowest: every other below is in use.
    private static int FreeDescriptor()
    {
        int fd = VfioHost.Local.Calls.Eventfd(0, EventfdFlags.NonBlocking);
        _ = VfioHost.Local.Calls.Close(fd);
        return fd;
    }

    private void Begin(string kernel, IReadOnlyList<Step> steps, int index)
    {
        _kernel = kernel;
        _steps = steps;
        _index = index;
    }

    /// <summary>A step on a soft kernel; an exception is an answer too, and a wrong one.</summary>
    public static string Run(SoftSession soft, Step step)
    {
        try
        {
            return soft.Run(step);
        }
        catch (Exception exception) when (exception is not TranscriptException)
        {
            // An exception in the soft kernel is a bug of its own.
            return $"{exception.GetType().Name} {string.Join(' ', exception.ToString().Split('\n').Take(4).Select(line => line.Trim()))}";
        }
    }
}
