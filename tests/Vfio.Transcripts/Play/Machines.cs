using Vfio.SoftKernel.Topology;
using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>The machines that transcripts name.</summary>
internal static class Machines
{
    // Its number in the guest.
    private const int SharedGroup = 4;

    private static readonly byte[] s_testdev = [0x36, 0x1b, 0x05, 0x00];

    /// <summary>The soft machine a transcript is played on, for a machine it was recorded on.</summary>
    public static MachineTopology Topology(Transcript transcript, string machine)
    {
        if (transcript.Headers("topology").FirstOrDefault() is { } named)
        {
            return SoftTopologies.Load(named.Contains('.') ? Path.Combine(Path.GetDirectoryName(transcript.Path)!, named) : named);
        }

        return Topology(machine);
    }

    /// <summary>The soft machine that mirrors one.</summary>
    public static MachineTopology Topology(string machine)
    {
        MachineTopology topology = SoftTopologies.Load(NameOf(machine));
        topology.Kernel.IommufdTest = machine == "mock";
        return machine switch
        {
            "shared" => Shared(topology),
            "none" => WithoutIommu(topology),
            _ => topology,
        };
    }

    /// <summary>The soft machine for generated sequences: edu's neighbour is given to programs too.</summary>
    public static MachineTopology TopologyOfTwo(string machine)
        => Change(Topology(machine), function => function.Config.Span.StartsWith(s_testdev) ? function with { Driver = "vfio-pci" } : function);

    /// <summary>What eng/guest calls a machine.</summary>
    public static string NameOfGuest(string machine) => machine is "shared" or "none" ? $"q35-{machine}" : NameOf(machine);

    /// <summary>What the topology is called that a machine's is made from.</summary>
    public static string NameOf(string machine) => machine switch
    {
        "nosnoop" => "q35-intel-nosnoop",
        "mock" or "soft" or "shared" or "none" => "q35-intel",
        _ => $"q35-{machine}",
    };

    // edu and the NVMe controller as functions of one slot behind a bridge, and so in one group.
    private static MachineTopology Shared(MachineTopology machine) => Change(machine, function => function.Address switch
    {
        "0000:00:01.0" => function with { Address = "0000:01:00.1", Group = SharedGroup },
        "0000:00:02.0" => function with { Address = "0000:01:00.0", Group = SharedGroup },
        _ => function.Group == SharedGroup ? function with { Group = 6 } : function,
    });

    private static MachineTopology WithoutIommu(MachineTopology machine)
    {
        MachineTopology bare = Change(machine, function => function with
        {
            Driver = function.Model == "edu" ? null : function.Driver,
            Group = null,
            Iommu = null,
            ReservedRegions = [],
        });
        return bare with { Iommus = [] };
    }

    private static MachineTopology Change(MachineTopology machine, Func<FunctionTopology, FunctionTopology> change)
        => machine with { Functions = [.. machine.Functions.Select(change)] };
}
