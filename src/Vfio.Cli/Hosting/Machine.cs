using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.Cli.Hosting;

/// <summary>The machine a command works on: this one, or a soft one that lives as long as the command.</summary>
internal sealed class Machine : IDisposable
{
    private readonly SoftMachine? _soft;

    private Machine(VfioHost host, SoftMachine? soft)
    {
        Host = host;
        _soft = soft;
    }

    public VfioHost Host { get; }

    /// <param name="soft">A topology's name or file; null for the real machine.</param>
    /// <exception cref="TopologyException">There is no such topology, or it cannot be used.</exception>
    public static Machine Open(string? soft)
    {
        if (soft is null)
        {
            return new(VfioHost.Local, null);
        }

        SoftMachine machine = new(SoftTopologies.Load(soft), VfioHost.Local.Calls);
        return new(new VfioHost(new SoftSystemCalls(machine)), machine);
    }

    /// <summary>A soft machine that outlives the command: what one writes the next reads.</summary>
    public static Machine On(SoftMachine machine) => new(new VfioHost(new SoftSystemCalls(machine)), null);

    public void Dispose() => _soft?.Dispose();
}
