using Vfio.SoftKernel.Topology;
using Vfio.Transcripts.Format;

namespace Vfio.Transcripts.Play;

/// <summary>The machines that transcripts name.</summary>
internal static class Machines
{
    /// <summary>The soft machine a transcript is played on, for a machine it was recorded on.</summary>
    public static MachineTopology Topology(Transcript transcript, string machine)
    {
        if (transcript.Headers("topology").FirstOrDefault() is { } named)
        {
            return SoftTopologies.Load(named.Contains('.') ? Path.Combine(Path.GetDirectoryName(transcript.Path)!, named) : named);
        }

        MachineTopology topology = SoftTopologies.Load(NameOf(machine));
        topology.Kernel.IommufdTest = machine == "mock";
        return topology;
    }

    /// <summary>What the guest lane calls a machine.</summary>
    public static string NameOf(string machine) => machine switch
    {
        "nosnoop" => "q35-intel-nosnoop",
        "mock" or "soft" => "q35-intel",
        _ => $"q35-{machine}",
    };
}
