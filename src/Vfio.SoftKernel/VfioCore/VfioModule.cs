using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>VFIO of one machine: its devices, groups and containers. Linux: drivers/vfio, struct vfio of vfio_main.c and group.c.</summary>
/// <remarks>
/// Lock order of this room, outermost first: <see cref="VfioGroup"/>'s lock, the lock of a <see cref="VfioDeviceSet"/>, the container's, type1's, the
/// interrupt gate of VfioPci, its memory lock, a DmaBufFile's, VfioPci's configuration lock and its interrupt lock; then iommufd's and IommuGroup's. This type's own lock is a leaf. Under the set's lock a
/// device may be opened, closed or reset; no other lock is held while a device model runs.
/// </remarks>
internal sealed class VfioModule
{
    private readonly Lock _lock = new();
    private readonly SortedSet<int> _indices = [];
    private readonly SortedSet<int> _minors = [];
    private readonly List<VfioGroup> _groups = [];
    private readonly Dictionary<(ushort Segment, byte Bus), VfioDeviceSet> _sets = [];

    /// <summary>Loads vfio.</summary>
    /// <param name="host">The system calls of the process we live in.</param>
    /// <param name="shown">Where nodes and sysfs entries appear.</param>
    /// <param name="accounts">The machine's locked memory.</param>
    /// <param name="parameters">Module parameters.</param>
    public VfioModule(ISystemCalls host, IVfioClass shown, MemlockAccounts accounts, VfioParameters parameters)
    {
        Host = host;
        Events = new EventLoop(host);
        Shown = shown;
        Accounts = accounts;
        Parameters = parameters;
    }

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; }

    /// <summary>Where nodes and sysfs entries appear.</summary>
    public IVfioClass Shown { get; }

    /// <summary>The machine's locked memory.</summary>
    public MemlockAccounts Accounts { get; }

    /// <summary>The eventfds that users signal this kernel by.</summary>
    public EventLoop Events { get; }

    /// <summary>
    /// Where a device's first region starts in its file: zero as in Linux, or where no program reads an ordinary file, so that a transport
    /// tells the accesses apart by their offset.
    /// </summary>
    public ulong RegionBase { get; init; }

    /// <summary>Module parameters, as they are now.</summary>
    public VfioParameters Parameters { get; set; }

    /// <summary>Which IOMMU group numbers the machine has given out; a no-IOMMU group takes the lowest other.</summary>
    public Func<int, bool> IsGroupIdTaken { get; set; } = static _ => false;

    /// <summary>Every function on a function's bus, whoever drives it; what a bus reset would reset.</summary>
    public Func<PciLocation, IReadOnlyList<SoftDevice>> FunctionsOnBus { get; set; } = static _ => [];

    /// <summary>The bridge to a function's bus; null on a root bus.</summary>
    public Func<PciLocation, PciModel?> BridgeAbove { get; set; } = static _ => null;

    /// <summary>Is there a group of that number? A no-IOMMU group has one that no IOMMU group has.</summary>
    public bool HasGroup(int id)
    {
        lock (_lock)
        {
            return _groups.Exists(known => known.Id == id);
        }
    }

    /// <summary>vfio_fops_open: /dev/vfio/vfio.</summary>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult OpenContainer(FileStatus status) => new VfioContainerFile(this, status);

    /// <summary>
    /// vfio_register_group_dev: EINVAL for a device without an IOMMU group (unless no-IOMMU mode is on) or whose DMA cannot be coherent.
    /// </summary>
    public Errno Register(VfioCoreDevice device, PciLocation location)
    {
        ArgumentNullException.ThrowIfNull(device);
        SoftDevice parent = device.Device;
        bool noIommu = parent.Group is null;
        if (noIommu ? !Parameters.UnsafeNoIommu : !parent.IsCacheCoherent)
        {
            return Errno.EINVAL;
        }

        VfioGroup group;
        bool newGroup;
        lock (_lock)
        {
            group = _groups.Find(known => !noIommu && known.Iommu == parent.Group)!;
            newGroup = group is null;
            if (group is null)
            {
                int id = parent.Group?.Id ?? Lowest(value => _groups.Exists(known => known.Id == value) || IsGroupIdTaken(value));
                group = new VfioGroup(this, parent.Group, id, Lowest(_minors.Contains));
                _minors.Add((int)group.Minor);
                _groups.Add(group);
            }

            device.Group = group;
            device.Index = Lowest(_indices.Contains);
            _indices.Add(device.Index);
            device.Set = SetOf(parent, location);
            group.Drivers++;
        }

        lock (device.Set.Lock)
        {
            device.Set.Devices.Add(device);
        }

        if (newGroup)
        {
            Shown.AddGroup(group);
        }

        Shown.AddDevice(device);
        group.Add(device);
        return Errno.None;
    }

    /// <summary>
    /// The second half of vfio_unregister_group_dev, when the device's last file is closed; the first half is
    /// <see cref="VfioCoreDevice.BeginUnregister"/>.
    /// </summary>
    public void Forget(VfioCoreDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (device.Set.Lock)
        {
            device.Set.Devices.Remove(device);
        }

        VfioGroup group = device.Group;
        bool last;
        lock (_lock)
        {
            _indices.Remove(device.Index);
            last = --group.Drivers == 0;
            if (last)
            {
                _groups.Remove(group);
                _minors.Remove((int)group.Minor);
            }
        }

        if (last)
        {
            Shown.RemoveGroup(group);
            group.Disband();
        }
    }

    private static int Lowest(Func<int, bool> isTaken)
    {
        int value = 0;
        while (isTaken(value))
        {
            value++;
        }

        return value;
    }

    // vfio_pci_core_register_device: functions on a root bus, which has no bus reset, and virtual ones each are a set of their own; others share
    // their bus's.
    private VfioDeviceSet SetOf(SoftDevice device, PciLocation location)
    {
        if (location.Bus == 0 || device.PhysicalFunction is not null)
        {
            return new VfioDeviceSet();
        }

        if (!_sets.TryGetValue((location.Segment, location.Bus), out VfioDeviceSet? set))
        {
            _sets.Add((location.Segment, location.Bus), set = new VfioDeviceSet());
        }

        return set;
    }
}
