using System.Diagnostics;
using System.Globalization;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.SoftKernel.Kvm;
using Vfio.SoftKernel.Sysfs;
using Vfio.SoftKernel.Topology;
using Vfio.SoftKernel.VfioCore;
using Vfio.SoftKernel.VfioPci;
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
        TopologyCheck.Run(topology, topology.Name);
        Topology = topology;
        Host = host;
        Parameters = new ModuleParameters(topology.Kernel);
        Tree = new SoftTree(host);
        Nodes = new DeviceNodes(Tree);
        Memlock = new MemlockAccounts();
        Iommufd = new IommufdModule(host, Memlock) { Test = topology.Kernel.IommufdTest ? new TestModule(_groups.ContainsKey) : null };
        Vfio = new VfioModule(host, new VfioClass(this), Memlock, new VfioParameters())
        {
            IsGroupIdTaken = _groups.ContainsKey,
            FunctionsOnBus = location => [.. _devices.Where(device => IsOnBus(device.Model.Location, location))],
        };
        Kvm = new KvmModule(host, Tree);
        Bus = new PciBus(new VfioPciDriver(Vfio));
        ReadParameters();
        Parameters.Changed = ReadParameters;
        BuildBus();
        try
        {
            MachineTree.Build(this);
        }
        catch (InvalidOperationException exception)
        {
            throw new TopologyException($"{topology.Name}: a file of the topology stands where the machine has another: {exception.Message}", exception);
        }

        NodeNumbers numbers = topology.Nodes;
        FileStatus iommufd = default;
        iommufd = Nodes.Add("/dev/iommu", numbers.MiscMajor, numbers.IommuMinor, numbers.IommuMode, (_, _) => Iommufd.Open(iommufd));
        FileStatus container = default;
        container = Nodes.Add("/dev/vfio/vfio", numbers.MiscMajor, numbers.ContainerMinor, numbers.ContainerMode, (_, _) => Vfio.OpenContainer(container));
        if (topology.Kernel.Kvm)
        {
            FileStatus kvm = default;
            kvm = Nodes.Add("/dev/kvm", numbers.MiscMajor, numbers.KvmMinor, numbers.KvmMode, (_, _) => Kvm.Open(kvm));
        }

        BindFirstDrivers();
    }

    /// <summary>What it is made of.</summary>
    public MachineTopology Topology { get; }

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; }

    /// <summary>Its PCI functions, in address order.</summary>
    internal IReadOnlyList<SoftDevice> Devices => _devices;

    /// <summary>Its IOMMU groups by number.</summary>
    internal IReadOnlyDictionary<int, IommuGroup> Groups => _groups;

    /// <summary>Its PCI bus.</summary>
    internal PciBus Bus { get; }

    /// <summary>What is locked in memory.</summary>
    internal MemlockAccounts Memlock { get; }

    /// <summary>The iommufd module.</summary>
    internal IommufdModule Iommufd { get; }

    /// <summary>The VFIO modules.</summary>
    internal VfioModule Vfio { get; }

    /// <summary>KVM, whether the machine shows it or not.</summary>
    internal KvmModule Kvm { get; }

    /// <summary>The nodes under /dev.</summary>
    internal DeviceNodes Nodes { get; }

    /// <summary>/sys, /dev and /proc.</summary>
    internal SoftTree Tree { get; }

    /// <summary>Module parameters as they are now.</summary>
    internal ModuleParameters Parameters { get; }

    /// <summary>Switches it off: takes every device from vfio-pci. Files still open stay valid objects but their devices are gone.</summary>
    public void Dispose() => Bus.Shutdown();

    private void BuildBus()
    {
        Dictionary<string, (IommuUnit Unit, IommuTopology From)> units = Topology.Iommus.ToDictionary(iommu => iommu.Name, iommu => (Unit(iommu), iommu));
        var buses = new Dictionary<(ushort, byte), string>();
        foreach (FunctionTopology function in Topology.Functions.OrderBy(function => function.Address, StringComparer.Ordinal))
        {
            if (!PciLocation.TryParse(function.Address, out PciLocation location))
            {
                throw new UnreachableException(function.Address);
            }

            byte[] config = new byte[function.ConfigSize];
            function.Config.Span.CopyTo(config);
            PciModel model = function.Model == "edu" ? new EduModel(location, config) : new PassiveModel(location, config, FunctionBars.Of(function));
            (IommuUnit? unit, IommuTopology? from) = function.Iommu is null ? default : units[function.Iommu];
            var device = new SoftDevice(model, unit)
            {
                ReservedRegions = [.. function.ReservedRegions.Select(region => new ReservedRegion(region.First, region.Last, Kind(region.Kind)))],
                HasIsolatedMsi = from?.MsiIsolated ?? true,
                IsMigratable = function.Migration,
            };
            string parent = buses.GetValueOrDefault((location.Segment, location.Bus))
                ?? string.Create(CultureInfo.InvariantCulture, $"/sys/devices/pci{location.Segment:x4}:{location.Bus:x2}");
            string path = $"{parent}/{function.Address}";

            // A bridge: what is on its secondary bus stands under it.
            if ((config[PciRegisters.HeaderType] & 0x7f) == 1)
            {
                buses.TryAdd((location.Segment, config[0x19]), path);
            }

            _devices.Add(device);
            Bus.Add(new BusFunction(function, device, path));
            if (function.Group is { } id)
            {
                if (!_groups.TryGetValue(id, out IommuGroup? group))
                {
                    _groups.Add(id, group = new IommuGroup(id));
                }

                group.Add(device);
            }
        }

        foreach (string driver in Topology.Drivers.Concat(Bus.Functions.SelectMany(function => new[] { function.Topology.Driver, function.MatchingDriver }.OfType<string>())))
        {
            Bus.AddDriver(driver);
        }
    }

    private void BindFirstDrivers()
    {
        foreach (BusFunction function in Bus.Functions)
        {
            if (function.Topology.Driver is not { } driver)
            {
                continue;
            }

            // Nobody reaches vfio-pci but by an override.
            function.Device.DriverOverride = driver == PciBus.VfioPci ? driver : null;
            Errno error = Bus.Probe(driver, function);
            if (error != Errno.None)
            {
                throw new TopologyException($"{Topology.Name}: {function.Topology.Address}: the driver {driver} does not take it at the start: {error}. "
                    + "A function on vfio-pci must be in an IOMMU group, and the group must be free of other drivers' DMA.");
            }
        }
    }

    private static bool IsOnBus(PciLocation one, PciLocation other) => one.Segment == other.Segment && one.Bus == other.Bus;

    private void ReadParameters()
    {
        Iommufd.AllowUnsafeInterrupts = Parameters.IsOn("iommufd", "allow_unsafe_interrupts");
        Vfio.Parameters = new VfioParameters
        {
            UnsafeNoIommu = Parameters.IsOn("vfio", "enable_unsafe_noiommu_mode"),
            AllowUnsafeInterrupts = Parameters.IsOn("vfio_iommu_type1", "allow_unsafe_interrupts"),
            DmaEntryLimit = Parameters.Number("vfio_iommu_type1", "dma_entry_limit", ushort.MaxValue),
        };
    }

    private static IommuUnit Unit(IommuTopology iommu) => new()
    {
        Name = iommu.Name,
        Kind = iommu.Kind switch { "intel" => IommuKind.IntelVtd, "amd" => IommuKind.AmdVi, _ => IommuKind.Virtio },
        PageSizes = iommu.PageSizes,
        ApertureLast = iommu.ApertureLast,
        Cap = iommu.Cap,
        Ecap = iommu.Ecap,
    };

    private static ReservedRegionKind Kind(string kind) => kind switch
    {
        "direct" => ReservedRegionKind.Direct,
        "direct-relaxable" => ReservedRegionKind.DirectRelaxable,
        "reserved" => ReservedRegionKind.Reserved,
        _ => ReservedRegionKind.Msi,
    };
}
