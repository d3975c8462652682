using Vfio.SoftKernel.Topology;

namespace Vfio.Scenarios;

/// <summary>What was measured on a machine: the only thing a scenario knows of where it runs.</summary>
/// <param name="Name">q35-intel, q35-intel-nosnoop, q35-amd or q35-virtio.</param>
/// <param name="Kernel">The release that answers: 7.2.13 or 6.12.117.</param>
/// <param name="Enforces">Whether its IOMMU forces DMA to be cache-coherent.</param>
/// <param name="Edu">The address of the edu function.</param>
/// <param name="Nvme">The address of the NVMe controller.</param>
/// <param name="HwInfoType">out_data_type of IOMMU_GET_HW_INFO.</param>
public sealed record Machine(string Name, string Kernel, bool Enforces, string Edu, string Nvme, uint HwInfoType)
{
    /// <summary>The names <see cref="Find"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["q35-intel", "q35-intel-nosnoop", "q35-amd", "q35-virtio"];

    /// <summary>6.12 lacks some calls and answers some otherwise.</summary>
    public bool IsOld => Kernel.StartsWith("6.12.", StringComparison.Ordinal);

    /// <summary>Before 7.2 virtio-iommu finishes a page table only on attach: none can be made for a space with mappings, nor a device attached to one.</summary>
    public bool FinishesTablesOnAttach => IsOld && Name == "q35-virtio";

    /// <summary>The soft machine that plays it: as the guest's kernel it was built with mock devices.</summary>
    public MachineTopology Topology
    {
        get
        {
            MachineTopology topology = SoftTopologies.Load(Name);
            return topology with { Kernel = topology.Kernel with { IommufdTest = true } };
        }
    }

    /// <summary>The measured facts of a machine; null for a name nobody measured.</summary>
    public static Machine? Find(string name, string kernel) => name switch
    {
        "q35-intel" => new(name, kernel, Enforces: true, "0000:00:01.0", "0000:00:02.0", 1),
        "q35-intel-nosnoop" => new(name, kernel, Enforces: false, "0000:00:01.0", "0000:00:02.0", 1),
        "q35-amd" => new(name, kernel, Enforces: true, "0000:00:02.0", "0000:00:03.0", 0),
        "q35-virtio" => new(name, kernel, Enforces: false, "0000:00:02.0", "0000:00:03.0", 0),
        _ => null,
    };
}
