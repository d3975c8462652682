namespace Vfio.SoftKernel.Topology;

/// <summary>
/// What a soft machine is made of: plain data, as read from a JSON file (docs/topology.md) or built in. Which IOMMUs, groups and functions
/// there are, and what the rest of /sys and /proc says about them.
/// </summary>
public sealed record MachineTopology
{
    /// <summary>Short name, as given on a command line.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Description { get; init; } = "";

    /// <summary>The kernel that is played.</summary>
    public KernelTopology Kernel { get; init; } = new();

    /// <summary>Numbers and modes of the nodes under /dev.</summary>
    public NodeNumbers Nodes { get; init; } = new();

    /// <summary>The IOMMUs.</summary>
    public IReadOnlyList<IommuTopology> Iommus { get; init; } = [];

    /// <summary>PCI drivers in the kernel beside vfio-pci; those that functions name are added.</summary>
    public IReadOnlyList<string> Drivers { get; init; } = [];

    /// <summary>The PCI functions, in address order.</summary>
    public IReadOnlyList<FunctionTopology> Functions { get; init; } = [];

    /// <summary>Further files under /sys, /proc and /dev by absolute path: /proc/mounts, /sys/firmware/acpi/tables/DMAR, ...</summary>
    public IReadOnlyDictionary<string, FileTopology> Files { get; init; } = new Dictionary<string, FileTopology>();
}
