namespace Vfio.SoftKernel.Topology;

/// <summary>
/// What a soft machine is made of: plain data, as read from a JSON file (docs/topology.md) or built in. Which IOMMUs, groups and functions
/// there are, and what the rest of /sys and /proc says about them.
/// </summary>
/// <remarks>What may be left out has a setter: the compiled-in reader would set an init-only property that is not in the file to null.</remarks>
public sealed record MachineTopology
{
    /// <summary>Short name, as given on a command line.</summary>
    public required string Name { get; init; }

    /// <summary>One sentence for people.</summary>
    public string Description { get; set; } = "";

    /// <summary>The kernel that is played.</summary>
    public KernelTopology Kernel { get; set; } = new();

    /// <summary>Numbers and modes of the nodes under /dev.</summary>
    public NodeNumbers Nodes { get; set; } = new();

    /// <summary>The IOMMUs.</summary>
    public IReadOnlyList<IommuTopology> Iommus { get; set; } = [];

    /// <summary>PCI drivers in the kernel beside vfio-pci; those that functions name are added.</summary>
    public IReadOnlyList<string> Drivers { get; set; } = [];

    /// <summary>The PCI functions, in address order.</summary>
    public IReadOnlyList<FunctionTopology> Functions { get; set; } = [];

    /// <summary>Further files under /sys, /proc and /dev by absolute path: /proc/mounts, /sys/firmware/acpi/tables/DMAR, ...</summary>
    public IReadOnlyDictionary<string, FileTopology> Files { get; set; } = new Dictionary<string, FileTopology>();
}
