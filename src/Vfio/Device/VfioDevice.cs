using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An open PCI function, owned by this program: the same whether it was opened by its own node (in an iommufd) or by its group (in a container). Made by
/// <see cref="VfioHost.Open(PciAddress, DevicePolicy?, OpenOptions?)"/>, or from handles that somebody else opened.
/// </summary>
/// <remarks>
/// <para>Bus mastering, which lets the function do DMA and send interrupt messages, is off until the program sets <see cref="BusMaster"/>, enables MSI or MSI-X, or allocates
/// a <see cref="DmaBuffer"/> here; mapping memory alone does not turn it on.</para>
/// <para>Disposing hands the function back in the order that keeps it harmless: interrupts off, bus mastering off, reset, memory unmapped, registers unmapped, its
/// virtual machine told, the device closed, then its address space. It may be disposed twice and from any thread; registers and spans must not be in use by another thread then.</para>
/// <para>Safe to use from several threads otherwise.</para>
/// </remarks>
public sealed partial class VfioDevice : IDisposable
{
    private const int BarCount = 6;
    private readonly Lock _lock = new();
    private volatile IDmaMapper _mapper;
    private readonly IDisposable[] _closeAfterDevice;
    private readonly bool _leaveDeviceOpen;
    private readonly Dictionary<int, Region> _regions = [];
    private readonly HashSet<DmaMapping> _mappings = [];
    private DeviceInfo? _info;
    private ConfigSpace? _config;
    private InterruptSet? _interrupts;
    private InterruptSet? _errorInterrupt;
    private InterruptSet? _requestInterrupt;
    private EventHandler? _errorOccurred;
    private EventHandler? _releaseRequested;
    private KvmRegistration? _registration;
    private bool _disposed;

    private VfioDevice(PciAddress address, VfioInterface path, VfioFileHandle handle, bool leaveOpen, IDmaMapper mapper, params IDisposable[] closeAfterDevice)
    {
        Address = address;
        Interface = path;
        Handle = handle;
        _leaveDeviceOpen = leaveOpen;
        _mapper = mapper;
        _closeAfterDevice = closeAfterDevice;
        Bars = new RegionList(BarCount, GetRegion);
    }

    /// <summary>
    /// The kernel met an error of the function that it could not correct (AER, the ERR irq). Subscribing arms it. Called on the thread pool. Its answer: stop, reset, start over.
    /// </summary>
    /// <exception cref="VfioException">EINVAL on subscribing: not PCI Express.</exception>
    public event EventHandler? ErrorOccurred
    {
        add => Subscribe(InterruptKind.Error, ref _errorInterrupt, ref _errorOccurred, value);
        remove => Unsubscribe(ref _errorOccurred, value);
    }

    /// <summary>
    /// The kernel wants the function back: it is being unbound from its driver, or unplugged (the REQ irq). Subscribing arms it. Called on the thread pool, and again every 10
    /// seconds until the device is closed. The answer is to finish what cannot be left and to dispose the device before the next: until then whoever asked
    /// hangs. A handler may dispose it itself, once no other thread uses its registers.
    /// </summary>
    public event EventHandler? ReleaseRequested
    {
        add => Subscribe(InterruptKind.Request, ref _requestInterrupt, ref _releaseRequested, value);
        remove => Unsubscribe(ref _releaseRequested, value);
    }

    /// <summary>The function.</summary>
    public PciAddress Address { get; }

    /// <summary>How it was opened.</summary>
    public VfioInterface Interface { get; }

    /// <summary>Why it was opened this way; null where the handles came from somebody else.</summary>
    public InterfacePlan? Plan { get; internal set; }

    /// <summary>Whether its DMA is kept coherent with the CPU caches, and what says so: the kernel, asked after it was attached.</summary>
    public CoherencyVerdict Coherency { get; private set; } = new(Vfio.Coherency.Unknown, "not asked");

    /// <summary>The device's file. Owned by this object unless it was left to its owner.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>The iommufd it is bound to; null on the group path. Disposed with the device unless it was left to its owner.</summary>
    public IommufdContext? Iommufd { get; private init; }

    /// <summary>Its id in the iommufd, for <see cref="IommufdContext.GetHardwareInfo"/> and <see cref="IommufdContext.AllocateHwpt"/>; null on the group path.</summary>
    public uint? IommufdDeviceId { get; private init; }

    /// <summary>The address space it is attached to; null on the group path.</summary>
    public Ioas? Ioas { get; private set; }

    /// <summary>Its group; null where it was opened by its node. Disposed with the device unless it was left to its owner.</summary>
    public VfioGroup? Group { get; private init; }

    /// <summary>Its group's container; null where it was opened by its node. Disposed with the device unless it was left to its owner.</summary>
    public VfioContainer? Container { get; private init; }

    /// <summary>What the kernel says of it (VFIO_DEVICE_GET_INFO), asked once.</summary>
    public DeviceInfo Info => _info ??= DeviceInfo.Ask(Handle);

    /// <summary>All its regions, by index. Each is asked for when it is first looked at; one the device has not is of size 0.</summary>
    public IReadOnlyList<Region> Regions => field ??= new RegionList(Info.RegionCount, GetRegion);

    /// <summary>Its six BARs. Each is asked for when it is first looked at; one the device has not is of size 0.</summary>
    public IReadOnlyList<Region> Bars { get; }

    /// <summary>Its configuration space.</summary>
    public ConfigSpace Config
    {
        get
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return _config ??= new ConfigSpace(Handle, RegionInfo.Ask(Handle, (int)VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX), SuspendRegions);
            }
        }
    }

    /// <summary>
    /// Whether the function may do DMA and send interrupt messages: the bus master bit of its command register. Off again when the device is disposed.
    /// </summary>
    public bool BusMaster
    {
        get => Config.BusMaster;
        set => Config.BusMaster = value;
    }

    /// <summary>One region (VFIO_DEVICE_GET_REGION_INFO), asked for once.</summary>
    /// <param name="index">0-5 are the BARs, 6 the ROM, 7 config space, 8 VGA; from 9 on the device's own.</param>
    /// <exception cref="VfioException">EINVAL: the device has no such index.</exception>
    public Region GetRegion(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (index == VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX)
        {
            return Config.Region;
        }

        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_regions.TryGetValue(index, out Region? region))
            {
                region = new Region(Handle, AskRegion(index), suspended: _memoryUnreachable);
                _regions.Add(index, region);
            }

            return region;
        }
    }

    /// <summary>
    /// Resets the function alone (VFIO_DEVICE_RESET): its registers start over; config space, mappings and interrupts stay as set up.
    /// </summary>
    /// <exception cref="VfioException">EINVAL: it cannot be reset by itself (<see cref="DeviceInfo.CanReset"/>). EAGAIN: busy, try again.</exception>
    public void Reset()
    {
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_RESET, 0), nameof(VfioUapi.VFIO_DEVICE_RESET));
    }

    /// <summary>Hands the function back. See the remarks for the order. May be called again, and from any thread.</summary>
    public void Dispose()
    {
        InterruptSet?[] interrupts;
        DmaMapping[] mappings;
        Region[] regions;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            interrupts = [_interrupts, _errorInterrupt, _requestInterrupt];
            mappings = [.. _mappings];
            regions = [.. _regions.Values];
        }

        foreach (InterruptSet? set in interrupts)
        {
            if (set is not null)
            {
                TryTo(set.Dispose);
            }
        }

        Quiesce();
        foreach (DmaMapping mapping in mappings)
        {
            TryTo(mapping.Unmap);
        }

        foreach (Region region in regions)
        {
            region.Close();
        }

        _config?.Region.Close();
        _registration?.Dispose();
        if (!_leaveDeviceOpen)
        {
            Handle.Dispose();
        }

        foreach (IDisposable owned in _closeAfterDevice)
        {
            TryTo(owned.Dispose);
        }
    }

    /// <summary>
    /// Handing back goes on whatever one step answers, and where the program closed a handle itself: closing the device ends what a step could not.
    /// </summary>
    private static void TryTo(Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is VfioException or ObjectDisposedException)
        {
        }
    }

    /// <summary>Keeps the function from doing DMA before its memory goes away: bus mastering off, then a reset where it can be.</summary>
    private void Quiesce()
    {
        TryTo(() =>
        {
            ConfigSpace config = _config ??= new ConfigSpace(Handle, RegionInfo.Ask(Handle, (int)VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX), static _ => { });
            config.BusMaster = false;
        });
        TryTo(() =>
        {
            if (Info.CanReset)
            {
                Reset();
            }
        });
    }

    private RegionInfo AskRegion(int index)
    {
        try
        {
            return RegionInfo.Ask(Handle, index);
        }
        catch (VfioException e) when (e.Errno == Errno.EINVAL && index < VfioUapi.VFIO_PCI_NUM_REGIONS)
        {
            // VGA where there is none (Linux: drivers/vfio/pci/vfio_pci_core.c vfio_pci_ioctl_get_region_info); an absent BAR is size 0 already.
            return new RegionInfo(index, RegionFlags.None, 0, 0, [], false, null);
        }
    }
}
