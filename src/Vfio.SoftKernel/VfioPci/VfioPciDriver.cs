using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>The vfio-pci driver: what the PCI bus calls as functions are bound and unbound. Linux: drivers/vfio/pci/vfio_pci.c.</summary>
internal sealed class VfioPciDriver(VfioModule module)
{
    private static readonly TimeSpan s_betweenRequests = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<SoftDevice, VfioPciDevice> _devices = [];

    // vfio_pci_sriov_pfs: physical functions whose virtual ones were made while this driver had them.
    private readonly HashSet<SoftDevice> _capturing = [];

    /// <summary>VFIO.</summary>
    public VfioModule Module { get; } = module;

    /// <summary>
    /// vfio_pci_probe: gives the function to VFIO, which shows its nodes. EINVAL without an IOMMU group (unless no-IOMMU mode is on) and for a bridge.
    /// The caller has done <see cref="SoftDevice.BindDriver"/> before and undoes it on failure.
    /// </summary>
    public Errno Probe(SoftDevice device, PciModel model)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(model);
        if ((model.Config.Get8(PciRegisters.HeaderType) & 0x7f) != 0)
        {
            return Errno.EINVAL;
        }

        VfioPciDevice? physical;
        lock (_lock)
        {
            physical = device.PhysicalFunction is { } owner && _capturing.Contains(owner) ? _devices.GetValueOrDefault(owner) : null;
        }

        var function = new VfioPciDevice(device, Module.Host, physical?.Token, Module.RegionBase);
        function.Core = new VfioCoreDevice(Module, device, function);
        Errno error = Module.Register(function.Core, model.Location);
        if (error == Errno.None)
        {
            lock (_lock)
            {
                _devices.Add(device, function);
            }
        }

        return error;
    }

    /// <summary>
    /// vfio_pci_remove: takes the function back. As Linux does, blocks until the last file of the device is closed, asking the user through
    /// the release-request eventfd at once and then every ten seconds.
    /// </summary>
    public void Remove(SoftDevice device)
    {
        VfioPciDevice function = Find(device);
        function.Core.BeginUnregister();
        for (int times = 0; !function.Core.WaitUnregistered(TimeSpan.Zero); times++)
        {
            function.Request(times);
            function.Core.WaitUnregistered(s_betweenRequests);
        }

        Discard(device, function);
    }

    /// <summary>
    /// The first half of <see cref="Remove"/>: no new opens, nodes gone, the user asked once. True when nobody has the device open any more:
    /// then it is already unregistered, else the last close does that.
    /// </summary>
    public bool BeginRemove(SoftDevice device)
    {
        VfioPciDevice function = Find(device);
        if (function.Core.BeginUnregister())
        {
            Discard(device, function);
            return true;
        }

        function.Request(0);
        return false;
    }

    /// <summary>vfio_pci_core_sriov_configure before pci_enable_sriov: the virtual functions will belong to the users of this one. Nothing when another driver has it.</summary>
    public void CaptureVirtualFunctions(SoftDevice physical)
    {
        lock (_lock)
        {
            if (_devices.TryGetValue(physical, out VfioPciDevice? function))
            {
                _capturing.Add(physical);
                function.HasVirtualFunctions = true;
            }
        }
    }

    /// <summary>And after pci_disable_sriov.</summary>
    public void ReleaseVirtualFunctions(SoftDevice physical)
    {
        lock (_lock)
        {
            _capturing.Remove(physical);
            if (_devices.TryGetValue(physical, out VfioPciDevice? function))
            {
                function.HasVirtualFunctions = false;
            }
        }
    }

    /// <summary>vfio_pci_core_aer_err_detected: tells the user, if he wants to know. Nothing when another driver has the function.</summary>
    public void ReportError(SoftDevice device)
    {
        VfioPciDevice? function;
        lock (_lock)
        {
            function = _devices.GetValueOrDefault(device);
        }

        function?.ReportError();
    }

    private VfioPciDevice Find(SoftDevice device)
    {
        lock (_lock)
        {
            return _devices[device];
        }
    }

    private void Discard(SoftDevice device, VfioPciDevice function)
    {
        lock (_lock)
        {
            _devices.Remove(device);
        }

        function.Discard();
    }
}
