namespace Vfio.SoftKernel.Topology;

/// <summary>The topologies that come with the soft kernel, and the reading of others.</summary>
public static class SoftTopologies
{
    /// <summary>The name taken when none is given.</summary>
    public const string Default = "lab";

    /// <summary>The built-in names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["lab", "q35-intel", "q35-intel-nosnoop", "q35-amd", "q35-virtio"];

    /// <summary>A built-in topology by name, or one from a JSON file.</summary>
    /// <exception cref="TopologyException">There is none, or it cannot be used.</exception>
    public static MachineTopology Load(string nameOrPath) => throw new NotImplementedException();
}
