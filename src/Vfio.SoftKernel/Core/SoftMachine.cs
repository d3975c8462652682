using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.Hardware.Storage;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.SoftKernel.Kvm;
using Vfio.SoftKernel.Storage;
using Vfio.SoftKernel.Sysfs;
using Vfio.SoftKernel.Topology;
using Vfio.SoftKernel.VfioCore;
using Vfio.SoftKernel.VfioPci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>One machine with its kernel: built from a topology, used through a transport such as <c>SoftSystemCalls</c>.</summary>
public sealed class SoftMachine : IDisposable
{
    private readonly Dictionary<string, IommuUnit> _units = new(StringComparer.Ordinal);
    private readonly List<NvmeModel> _controllers = [];
    private readonly List<FileBlockStore> _files = [];
    private readonly Dictionary<(ushort Segment, byte Bus), string> _buses = [];
    private ImmutableDictionary<int, IommuGroup> _groups = ImmutableDictionary<int, IommuGroup>.Empty;

    /// <summary>Boots a machine.</summary>
    /// <param name="topology">What it is made of.</param>
    /// <param name="host">The system calls of the process we live in: memfds, eventfds, mappings.</param>
    /// <param name="regionBase">Where a device's first region starts in its file; no program may assume it to be zero.</param>
    /// <param name="owner">The user whose the files under /sys and /dev are.</param>
    /// <exception cref="TopologyException">The topology contradicts itself.</exception>
    public SoftMachine(MachineTopology topology, ISystemCalls host, ulong regionBase = 0, uint owner = 0)
    {
        ArgumentNullException.ThrowIfNull(topology);
        ArgumentNullException.ThrowIfNull(host);
        TopologyCheck.Run(topology, topology.Name);
        Topology = topology;
        Host = host;
        Parameters = new ModuleParameters(topology.Kernel);
        Tree = new SoftTree(host, owner);
        Nodes = new DeviceNodes(Tree);
        Memlock = new MemlockAccounts();
        Iommufd = new IommufdModule(host, Memlock) { RegionBase = regionBase, Test = topology.Kernel.IommufdTest ? new TestModule(id => Groups.ContainsKey(id)) : null };
        Vfio = new VfioModule(host, new VfioClass(this), Memlock, new VfioParameters())
        {
            IsGroupIdTaken = id => Groups.ContainsKey(id),
            RegionBase = regionBase,
            BridgeAbove = location => Devices.FirstOrDefault(device => IsBridgeTo(device.Model, location))?.Model,
            FunctionsOnBus = location => [.. Devices.Where(device => IsOnBus(device.Model.Location, location))],
        };
        Kvm = new KvmModule(host, Tree);
        VfioPci = new VfioPciDriver(Vfio);
        Bus = new PciBus(VfioPci);
        Hotplug = new PciHotplug(this);
        Bus.DisableVirtualFunctions = Hotplug.DisableVirtualFunctions;
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
    internal IReadOnlyList<SoftDevice> Devices => [.. Bus.Functions.Select(static function => function.Device)];

    /// <summary>Its IOMMU groups by number, as they are now.</summary>
    internal IReadOnlyDictionary<int, IommuGroup> Groups => Volatile.Read(ref _groups);

    /// <summary>Its PCI bus.</summary>
    internal PciBus Bus { get; }

    /// <summary>What comes onto the bus and leaves it.</summary>
    internal PciHotplug Hotplug { get; }

    /// <summary>The vfio-pci driver.</summary>
    internal VfioPciDriver VfioPci { get; }

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

    /// <summary>
    /// The function at <paramref name="address"/> is pulled out: its registers read as ones and it makes no requests from now on. Then its driver
    /// is asked to let go, and it leaves the bus once nobody has it open; that is not waited for.
    /// </summary>
    /// <param name="address">0000:00:01.0.</param>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public void Unplug(string address) => Hotplug.Unplug(Find(address));

    /// <summary>What plays the function at <paramref name="address"/>: to have it do wrong, as <see cref="NvmeModel.Inject"/> does.</summary>
    /// <param name="address">0000:00:01.0.</param>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public PciModel ModelOf(string address) => Find(address).Model;

    /// <summary>
    /// The function at <paramref name="address"/> reports an error that is not fatal, as PCI Express does (AER): who has it open through VFIO with an
    /// eventfd at VFIO_PCI_ERR_IRQ_INDEX is told.
    /// </summary>
    /// <param name="address">0000:00:01.0.</param>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public void ReportError(string address) => VfioPci.ReportError(Find(address).Device);

    /// <summary>
    /// open(2) of a program on this machine: zero and the file, whose one reference is the caller's, or a negative errno.
    /// </summary>
    /// <param name="task">Who opens.</param>
    /// <param name="path">Absolute, under /sys, /dev or /proc.</param>
    /// <param name="flags">What for.</param>
    /// <param name="file">The file.</param>
    public int Open(KernelTask task, string path, OpenFlags flags, out OpenFile? file) => Open(task, path, flags, out file, out _);

    /// <summary>As the other, and what was opened, to be opened again.</summary>
    /// <param name="task">Who opens.</param>
    /// <param name="path">Absolute, under /sys, /dev or /proc.</param>
    /// <param name="flags">What for.</param>
    /// <param name="file">The file.</param>
    /// <param name="opened">What stands there.</param>
    public int Open(KernelTask task, string path, OpenFlags flags, out OpenFile? file, out MachineFile? opened)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(path);
        OpenResult result = Tree.Open(task, path, flags, out TreeNode? node);
        file = result.File;
        opened = node is null ? null : new MachineFile(node);
        return -(int)result.Error;
    }

    /// <summary>As the other, of a file that was opened before: by its descriptor, whatever has become of its name.</summary>
    /// <param name="task">Who opens.</param>
    /// <param name="opened">What.</param>
    /// <param name="flags">What for.</param>
    /// <param name="file">The file.</param>
    public int Open(KernelTask task, MachineFile opened, OpenFlags flags, out OpenFile? file)
    {
        ArgumentNullException.ThrowIfNull(opened);
        OpenResult again = Tree.Open(task, opened.Node, flags);
        file = again.File;
        return -(int)again.Error;
    }

    /// <summary>Its /sys, /dev and /proc as they are now, directories before what is in them: for a transport that lays them out as files.</summary>
    public IReadOnlyList<MachineFile> ListFiles() => [.. Tree.ListAll().Select(static node => new MachineFile(node))];

    /// <summary>Another number after every file that came or went.</summary>
    public long FilesVersion => Tree.Version;

    /// <summary>Switches it off: takes every device from vfio-pci. Files still open stay valid objects but their devices are gone.</summary>
    public void Dispose()
    {
        Bus.Shutdown();
        _controllers.ForEach(static controller => controller.Dispose());
        _files.ForEach(static file => file.Dispose());
    }

    /// <summary>A function in a slot comes onto the bus: its struct device, its IOMMU group, its place in sysfs. Linux: pci_device_add.</summary>
    /// <param name="function">What it is built from.</param>
    /// <param name="model">What plays it.</param>
    /// <param name="physical">Of a virtual function, whose it is.</param>
    internal BusFunction Add(FunctionTopology function, PciModel model, SoftDevice? physical = null)
    {
        IommuTopology? from = Topology.Iommus.FirstOrDefault(iommu => iommu.Name == function.Iommu);
        var device = new SoftDevice(model, from is null ? null : _units[from.Name])
        {
            ReservedRegions = [.. function.ReservedRegions.Select(region => new ReservedRegion(region.First, region.Last, Kind(region.Kind)))],
            HasIsolatedMsi = from?.MsiIsolated ?? true,
            IsMigratable = function.Migration,
            ResetTime = TimeSpan.FromMilliseconds(function.ResetTime),
            DeviceRegions = function.DeviceRegions,
            SharedBars = [.. function.Bars.Where(static bar => bar.Shared).Select(static bar => bar.Index)],
            IsPhysicalFunction = !function.VfConfig.IsEmpty,
            PhysicalFunction = physical,
        };
        PciLocation location = model.Location;
        string parent = _buses.GetValueOrDefault((location.Segment, location.Bus))
            ?? string.Create(CultureInfo.InvariantCulture, $"/sys/devices/pci{location.Segment:x4}:{location.Bus:x2}");
        var added = new BusFunction(function, device, $"{parent}/{function.Address}");
        Bus.Add(added);
        if (function.Group is { } id)
        {
            IommuGroup group = ImmutableInterlocked.GetOrAdd(ref _groups, id, static id => new IommuGroup(id));
            group.Add(device);
        }

        return added;
    }

    /// <summary>pci_destroy_dev and iommu_release_device: it is off the bus and out of its group, which goes with its last function.</summary>
    internal void Remove(BusFunction function)
    {
        Bus.Remove(function);
        if (function.Device.Group is { } group && group.Remove(function.Device))
        {
            ImmutableInterlocked.TryRemove(ref _groups, group.Id, out _);
        }
    }

    private void BuildBus()
    {
        foreach (IommuTopology iommu in Topology.Iommus)
        {
            _units.Add(iommu.Name, Unit(iommu));
        }

        foreach (FunctionTopology function in Topology.Functions.OrderBy(function => function.Address, StringComparer.Ordinal))
        {
            if (!PciLocation.TryParse(function.Address, out PciLocation location))
            {
                throw new UnreachableException(function.Address);
            }

            byte[] config = new byte[function.ConfigSize];
            function.Config.Span.CopyTo(config);
            PciModel model = function.Model switch
            {
                "edu" => new EduModel(location, config),
                "nvme" => Nvme(location, config, function.Store ?? new StoreTopology()),
                _ => new PassiveModel(location, config, FunctionBars.Of(function), FunctionBars.Mappable(function)),
            };
            BusFunction added = Add(function, model);
            Hotplug.Plug(function, model);

            // A bridge: what is on its secondary bus stands under it. One that nobody has numbered yet has none: they go up from the root.
            if ((config[PciRegisters.HeaderType] & 0x7f) == 1 && config[PciRegisters.SecondaryBus] > location.Bus)
            {
                _buses.TryAdd((location.Segment, config[PciRegisters.SecondaryBus]), added.Path);
            }
        }

        foreach (string driver in Topology.Drivers.Concat(Bus.Functions.SelectMany(function => new[] { function.Topology.Driver, function.MatchingDriver }.OfType<string>())))
        {
            Bus.AddDriver(driver);
        }
    }

    private NvmeModel Nvme(PciLocation location, ReadOnlySpan<byte> config, StoreTopology store)
    {
        NvmeModel controller = new(location, config, Store(location, store), store.BlockSize);
        _controllers.Add(controller);
        return controller;
    }

    private IBlockStore Store(PciLocation location, StoreTopology store)
    {
        switch (store.Kind)
        {
            case "null":
                return new NullBlockStore(store.Size);
            case "file":
                try
                {
                    var file = new FileBlockStore(store.Path!, store.Size);
                    _files.Add(file);
                    return file;
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    throw new TopologyException(
                        $"{Topology.Name}: {location}: the store {Path.GetFullPath(store.Path!)} cannot be used: {exception.Message.TrimEnd('.')}. It is a regular file of exactly the store's size that no other "
                        + "machine has in use, or does not exist yet.",
                        exception);
                }

            default:
                return new MemoryBlockStore(store.Size);
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

    private BusFunction Find(string address) => Bus.Find(address) ?? throw new ArgumentException($"There is no function {address}.", nameof(address));

    private static bool IsBridgeTo(PciModel model, PciLocation location)
        => model.Location.Segment == location.Segment && model.Location.Bus < location.Bus && (model.Config.Get8(PciRegisters.HeaderType) & 0x7f) == 1
        && model.Config.Get8(PciRegisters.SecondaryBus) == location.Bus;

    private static bool IsOnBus(PciLocation one, PciLocation other) => one.Segment == other.Segment && one.Bus == other.Bus;

    private void ReadParameters()
    {
        Iommufd.AllowUnsafeInterrupts = Parameters.IsOn("iommufd", "allow_unsafe_interrupts");
        Vfio.Parameters = new VfioParameters
        {
            UnsafeNoIommu = Parameters.IsOn("vfio", "enable_unsafe_noiommu_mode"),
            AllowUnsafeInterrupts = Parameters.IsOn("vfio_iommu_type1", "allow_unsafe_interrupts"),
            EnableSriov = Parameters.IsOn("vfio_pci", "enable_sriov"),
            DmaEntryLimit = Parameters.Number("vfio_iommu_type1", "dma_entry_limit", ushort.MaxValue),
        };
    }

    private static IommuUnit Unit(IommuTopology iommu) => new()
    {
        Name = iommu.Name,
        Kind = iommu.Kind switch { "intel" => IommuKind.IntelVtd, "amd" => IommuKind.AmdVi, "smmuv3" => IommuKind.ArmSmmuV3, _ => IommuKind.Virtio },
        PageSizes = iommu.PageSizes,
        ApertureLast = iommu.ApertureLast,
        Cap = iommu.Cap,
        Ecap = iommu.Ecap,
        Idr = iommu.Idr,
    };

    private static ReservedRegionKind Kind(string kind) => kind switch
    {
        "direct" => ReservedRegionKind.Direct,
        "direct-relaxable" => ReservedRegionKind.DirectRelaxable,
        "reserved" => ReservedRegionKind.Reserved,
        _ => ReservedRegionKind.Msi,
    };
}
