using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>A transcript on a soft machine of its own.</summary>
internal sealed class SoftSession : IDisposable
{
    private readonly SoftMachine _machine;
    private readonly bool _isOwner;
    private readonly Places? _places;
    private readonly Session _session;

    /// <summary>Boots the machine.</summary>
    public SoftSession(MachineTopology topology)
        : this(new SoftMachine(topology, VfioHost.Local.Calls))
        => _isOwner = true;

    /// <summary>On a machine that others use as well.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="places">Where it has things, when that was found out before.</param>
    public SoftSession(SoftMachine machine, Places? places = null)
    {
        _machine = machine;
        _places = places;
        _session = new Session(Create);
    }

    /// <summary>Does a step.</summary>
    public string Run(Step step) => _session.Run(step);

    /// <summary>Ends the processes, then the machine.</summary>
    public void Dispose()
    {
        _session.Dispose();
        if (_isOwner)
        {
            _machine.Dispose();
        }
    }

    private LocalProcess Create(ProcessSettings? given, Dictionary<string, ulong> numbers)
    {
        ProcessSettings settings = given ?? ProcessSettings.Root;
        var credentials = new Credentials(settings.UserId, settings.Has(17), settings.Has(14), settings.Has(24), settings.MemlockLimit);
        var calls = new SoftSystemCalls(_machine, credentials);
        return new LocalProcess(calls, numbers, (from, file) => Take(calls, (LocalProcess)from, file), _places);
    }

    private static int Take(SoftSystemCalls to, LocalProcess from, string file)
        => to.Take((SoftSystemCalls)from.Calls, from.Locate(file).Descriptor);
}
