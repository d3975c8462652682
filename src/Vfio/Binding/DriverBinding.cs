using System.Diagnostics;
using Vfio.Uapi;

namespace Vfio;

/// <summary>Hands functions to vfio-pci and back, after looking at what would break.</summary>
/// <remarks>Each call touches the one function it is given, never its group's peers. Needs root: sysfs is written.</remarks>
public sealed class DriverBinding
{
    private const string VfioPci = "vfio-pci";
    private const string DriversProbe = "/sys/bus/pci/drivers_probe";
    private static readonly TimeSpan NodeTimeout = TimeSpan.FromSeconds(10);

    private readonly VfioHost _host;
    private readonly ISystemCalls _calls;
    private readonly SystemTree _tree;

    internal DriverBinding(VfioHost host, ISystemCalls calls, SystemTree tree)
    {
        _host = host;
        _calls = calls;
        _tree = tree;
    }

    /// <summary>
    /// What is in use on the function that taking its driver away would break: a mounted file system, swap, an LVM, RAID or encrypted volume, the default
    /// route's interface, the boot display. Empty where nothing was found.
    /// </summary>
    /// <remarks>A ZFS pool shows in no file that is read here.</remarks>
    public IReadOnlyList<BindingHazard> FindHazards(PciAddress address) => new HazardFinder(_tree).Find(address);

    /// <summary>Binds the function to vfio-pci (driver_override, unbind, drivers_probe) and waits for its node. Done already: no harm.</summary>
    /// <param name="address">The function.</param>
    /// <param name="force">Goes on in spite of hazards.</param>
    /// <param name="cancellationToken">Ends the wait for the node; the function stays bound.</param>
    /// <exception cref="VfioRefusedException">A hazard was found.</exception>
    /// <exception cref="VfioException">
    /// It cannot be bound (a bridge, no IOMMU, vfio-pci not loaded), the kernel refused a write (the sysfs file is named; the old driver gets the function back), or
    /// its node did not come within 10 seconds.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait for the node was cancelled.</exception>
    public BindResult Bind(PciAddress address, bool force = false, CancellationToken cancellationToken = default)
    {
        PciFunction function = _host.GetFunction(address);
        IReadOnlyList<BindingHazard> hazards = [];
        if (!function.IsVfioBound)
        {
            RequireBindable(function);
            hazards = FindHazards(address);
            if (hazards.Count > 0 && !force)
            {
                string what = string.Join("; ", hazards.Select(hazard => hazard.What));
                throw new VfioRefusedException("bind", address.ToString(), $"It carries {what}. Free it first, or use --force to take it away all the same.");
            }

            Hand(function);
        }

        function = WaitForNode(address, cancellationToken);
        IommuGroup? group = function.GroupId is { } id ? new FunctionReader(_tree).ReadGroup(id) : null;
        return new BindResult(function, group is null ? [] : [.. group.Blockers], hazards);
    }

    /// <summary>Takes the function from vfio-pci, clears driver_override and lets the kernel match it again.</summary>
    /// <returns>The function as it is now; its driver is null where none matches.</returns>
    /// <exception cref="VfioException">
    /// It is not bound to vfio-pci, or some process has it or its group open (EBUSY, the kernel would wait for that process without end), or the kernel refused a
    /// write; the sysfs file is named.
    /// </exception>
    public PciFunction Unbind(PciAddress address)
    {
        PciFunction function = _host.GetFunction(address);
        if (!function.IsVfioBound && function.DriverOverride != VfioPci)
        {
            throw new VfioException(Errno.ENODEV, "unbind", address.ToString(), function.Driver is null
                ? "It is not bound to vfio-pci: no driver holds it."
                : $"It is not bound to vfio-pci: driver {function.Driver} holds it.");
        }

        string directory = FunctionReader.DirectoryOf(address);
        if (function.IsVfioBound)
        {
            RequireClosed(function);
            _tree.Write($"{directory}/driver_override", "\n");
            Release(function);
        }
        else
        {
            _tree.Write($"{directory}/driver_override", "\n");
        }

        _tree.Write(DriversProbe, address.ToString());
        return _host.GetFunction(address);
    }

    private void RequireBindable(PciFunction function)
    {
        // Linux: with no IOMMU vfio-pci's probe fails with EINVAL after the old driver has gone; find out before.
        DeviceFacts facts = new FactsReader(_calls, _tree, new FunctionReader(_tree)).Read(function);
        bool noIommuMode = _tree.ReadText("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y";
        bool noIommu = function.GroupId is null && facts.IommuStatus != IommuStatus.Active && !noIommuMode;
        if (function.IsBridge || function.IsIommu || noIommu)
        {
            throw InterfacePlan.Decide(facts, new DevicePolicy()).ToException("bind");
        }

        string driver = $"/sys/bus/pci/drivers/{VfioPci}";
        _ = _tree.TryList(driver, out _).ThrowIfError("open", _tree.PathOf(driver));
    }

    private void Hand(PciFunction function)
    {
        string directory = FunctionReader.DirectoryOf(function.Address);
        _tree.Write($"{directory}/driver_override", $"{VfioPci}\n");
        try
        {
            if (function.Driver is not null)
            {
                Release(function);
            }

            _tree.Write(DriversProbe, function.Address.ToString());
            if (!_host.GetFunction(function.Address).IsVfioBound)
            {
                // Linux: vfio_pci_core_register_device answers EINVAL where no IOMMU covers the function; drivers_probe does not pass it on.
                throw new VfioException(Errno.EINVAL, "bind", function.Address.ToString(), function.GroupId is null
                    ? "vfio-pci did not take it: no IOMMU covers it, as it is in no IOMMU group."
                    : "vfio-pci did not take it; the kernel's log says why (dmesg).");
            }
        }
        catch (VfioException)
        {
            Restore(function);
            throw;
        }
    }

    private void Release(PciFunction function)
    {
        try
        {
            _tree.Write($"{FunctionReader.DirectoryOf(function.Address)}/driver/unbind", function.Address.ToString());
        }
        catch (VfioException e) when (e.Errno is Errno.ENODEV or Errno.ENOENT)
        {
            // Let go of meanwhile: what was wanted.
        }
    }

    private void Restore(PciFunction function)
    {
        try
        {
            _tree.Write($"{FunctionReader.DirectoryOf(function.Address)}/driver_override", $"{function.DriverOverride}\n");
            _tree.Write(DriversProbe, function.Address.ToString());
        }
        catch (VfioException)
        {
            // What made the binding fail says more than this.
        }
    }

    private PciFunction WaitForNode(PciAddress address, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            PciFunction function = _host.GetFunction(address);

            // Only a node that sysfs gives numbers to will come; a kernel without device nodes has the group's.
            DeviceNode?[] coming = [function.Nodes.Device, function.Nodes.Group];
            DeviceNode? missing = coming.FirstOrDefault(node => node is { ExpectedNumbers: not null, State: NodeState.Missing or NodeState.Wrong });
            if (missing is null)
            {
                return function;
            }

            if (Stopwatch.GetElapsedTime(start) > NodeTimeout)
            {
                throw new VfioException(Errno.ENOENT, "wait for", missing.Path,
                    $"{address} is bound to vfio-pci and sysfs shows the node ({missing.ExpectedNumbers}), but it does not come. {Advice.MissingNode}");
            }

            _ = cancellationToken.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(5));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // Linux: vfio_main.c vfio_unregister_group_dev waits until every file of the device is closed.
    private void RequireClosed(PciFunction function)
    {
        if (function.Nodes.Group is { IsReady: true } group)
        {
            int fd = _calls.Open(group.Path, OpenFlags.ReadWrite);
            if (fd >= 0)
            {
                _ = _calls.Close(fd);
            }
            else if (fd == -(int)Errno.EBUSY)
            {
                throw Busy(function, group.Path);
            }
        }

        if (function.Nodes.Device is { } device && NodeUsers.Find(_tree, [device]).Count > 0)
        {
            throw Busy(function, device.Path);
        }
    }

    private VfioException Busy(PciFunction function, string path)
    {
        IReadOnlyList<string> users = NodeUsers.Find(_tree, [function.Nodes.Device, function.Nodes.Group]);
        string who = users.Count == 0 ? "another process" : string.Join(", ", users);
        return new VfioException(Errno.EBUSY, "unbind", path, $"{function.Address} or its group is open in {who}: end that first.");
    }
}
