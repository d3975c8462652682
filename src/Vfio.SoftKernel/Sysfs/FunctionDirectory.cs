using System.Globalization;
using System.Text;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A function's directory. Linux: drivers/pci/pci-sysfs.c.</summary>
internal sealed class FunctionDirectory
{
    private const ushort ReadOnly = 0x124;
    private const ushort ReadWrite = 0x1A4;
    private const ushort WriteOnly = 0x80;
    private const ushort WriteOnlyOfGroup = 0x90;

    // Up to the first resource of a bridge's windows; a bridge shows those four too.
    private const int ResourceLines = 13;
    private const int BridgeResourceLines = 17;

    private readonly SoftTree _tree;
    private readonly PciHotplug _hotplug;
    private readonly BusFunction _function;
    private readonly ConfigSpace _config;

    private FunctionDirectory(SoftMachine machine, BusFunction function)
    {
        _tree = machine.Tree;
        _hotplug = machine.Hotplug;
        _function = function;
        _config = function.Model.Config;
    }

    /// <summary>Adds it, and the function's link in /sys/bus/pci/devices.</summary>
    public static void Add(SoftMachine machine, BusFunction function) => new FunctionDirectory(machine, function).Add();

    /// <summary>Takes both away.</summary>
    public static void Remove(SoftTree tree, BusFunction function)
    {
        tree.Remove($"/sys/bus/pci/devices/{function.Device.Name}");
        tree.Remove(function.Path);
    }

    /// <summary>Adds or takes away what is there while a driver holds the function: links both ways, and what the driver makes of it.</summary>
    public static void DriverChanged(SoftTree tree, BusFunction function, string driver, bool bound)
    {
        string link = $"/sys/bus/pci/drivers/{driver}/{function.Device.Name}";
        if (bound)
        {
            tree.AddLink($"{function.Path}/driver", $"/sys/bus/pci/drivers/{driver}");
            tree.AddLink(link, function.Path);
        }
        else
        {
            tree.Remove($"{function.Path}/driver");
            tree.Remove(link);
        }

        if (driver == function.MatchingDriver && bound)
        {
            AddDriverFiles(tree, function);
        }
        else if (driver == function.MatchingDriver)
        {
            RemoveDriverFiles(tree, function);
        }
    }

    /// <summary>Adds what the matching driver makes of the function.</summary>
    /// <exception cref="InvalidOperationException">A name is taken.</exception>
    public static void AddDriverFiles(SoftTree tree, BusFunction function)
    {
        foreach ((string name, FileTopology file) in function.Topology.DriverFiles)
        {
            tree.AddTopologyFile(name.StartsWith('/') ? name : $"{function.Path}/{name}", file);
        }
    }

    /// <summary>Takes it away.</summary>
    public static void RemoveDriverFiles(SoftTree tree, BusFunction function)
    {
        foreach (string name in function.Topology.DriverFiles.Keys)
        {
            tree.Remove(name.StartsWith('/') ? name : $"{function.Path}/{name.Split('/')[0]}");
        }
    }

    private string Name => _function.Device.Name;

    private uint Class => (uint)((_config.Get8(0x0b) << 16) | (_config.Get8(0x0a) << 8) | _config.Get8(0x09));

    private bool IsBridge => (_config.Get8(PciRegisters.HeaderType) & 0x7f) == 1;

    private ushort SubsystemVendor => IsBridge ? (ushort)0 : _config.Get16(PciRegisters.SubsystemVendorId);

    private ushort Subsystem => IsBridge ? (ushort)0 : _config.Get16(PciRegisters.SubsystemId);

    private string Modalias => string.Create(CultureInfo.InvariantCulture,
        $"pci:v{_function.Device.VendorId:X8}d{_function.Device.DeviceId:X8}sv{SubsystemVendor:X8}sd{Subsystem:X8}bc{Class >> 16:X2}sc{(Class >> 8) & 0xff:X2}i{Class & 0xff:X2}\n");

    private void Add()
    {
        FunctionTopology topology = _function.Topology;
        Show("vendor", () => $"0x{_function.Device.VendorId:x4}\n");
        Show("device", () => $"0x{_function.Device.DeviceId:x4}\n");
        Show("subsystem_vendor", () => $"0x{SubsystemVendor:x4}\n");
        Show("subsystem_device", () => $"0x{Subsystem:x4}\n");
        Show("revision", () => $"0x{_config.Get8(PciRegisters.RevisionId):x2}\n");
        Show("class", () => $"0x{Class:x6}\n");
        Show("irq", () => string.Create(CultureInfo.InvariantCulture, $"{topology.Irq}\n"));
        Show("modalias", () => Modalias);
        Show("resource", ResourceText);
        Show("power_state", PowerState);
        Show("ari_enabled", () => "0\n");
        Text("driver_override", ReadWrite, () => $"{_function.Device.DriverOverride ?? "(null)"}\n", text => PciBus.SetOverride(_function, text));
        Text("enable", ReadWrite, () => string.Create(CultureInfo.InvariantCulture, $"{_function.EnableCount}\n"), Enable);
        Text("uevent", ReadWrite, Uevent, _ => Errno.None);
        if (topology.NumaNode is { } node)
        {
            Text("numa_node", ReadWrite, () => string.Create(CultureInfo.InvariantCulture, $"{node}\n"),
                text => WrittenNumber.Parse(text, out int given) == Errno.None && given == node ? Errno.None : Errno.EINVAL);
        }

        if (topology.BootVga is { } boot)
        {
            Show("boot_vga", () => boot ? "1\n" : "0\n");
        }

        if (_function.Model.HasFunctionReset)
        {
            Text("reset", WriteOnly, null, Reset);
        }

        AddMachinesShare(topology);
        Text("remove", WriteOnlyOfGroup, null, text => _hotplug.Remove(_function, text));
        Text("rescan", WriteOnly, null, _hotplug.Rescan);
        AddSriov();
        _tree.Add($"{_function.Path}/config", new ConfigFile(_tree.FileSystemOf(_function.Path), _function.Model));
        foreach (BarTopology bar in topology.Bars.Where(bar => bar.Index <= PciModel.RomBar))
        {
            string name = bar.Index == PciModel.RomBar ? "rom" : string.Create(CultureInfo.InvariantCulture, $"resource{bar.Index}");
            _tree.Add($"{_function.Path}/{name}", new ResourceFile(_tree.FileSystemOf(_function.Path), bar.Size));
        }

        _tree.AddLink($"{_function.Path}/subsystem", "/sys/bus/pci");
        _tree.AddLink($"/sys/bus/pci/devices/{Name}", _function.Path);
        foreach ((string name, FileTopology file) in topology.Files)
        {
            _tree.AddTopologyFile($"{_function.Path}/{name}", file);
        }
    }

    // What is said of every function: the one processor of these machines, the masks that drivers set (32 bits until one does), and that messages may be had.
    private void AddMachinesShare(FunctionTopology topology)
    {
        string bits = topology.MatchingDriver is null ? "32\n" : "64\n";
        bool broken = false;
        foreach ((string name, Func<string> show, Func<string, Errno>? store) in new (string, Func<string>, Func<string, Errno>?)[]
        {
            ("local_cpus", static () => "1\n", null),
            ("local_cpulist", static () => "0\n", null),
            ("dma_mask_bits", () => bits, null),
            ("consistent_dma_mask_bits", () => bits, null),
            ("broken_parity_status", () => broken ? "1\n" : "0\n", SetBroken),
            ("msi_bus", static () => "1\n", static _ => Errno.EPERM),
        })
        {
            if (!topology.Files.ContainsKey(name))
            {
                Text(name, store is null ? ReadOnly : ReadWrite, show, store);
            }
        }

        // broken_parity_status_store.
        Errno SetBroken(string text)
        {
            if (WrittenNumber.Parse(text, ulong.MaxValue, out ulong value) != Errno.None)
            {
                return Errno.EINVAL;
            }

            broken = value != 0;
            return Errno.None;
        }
    }

    // Linux: drivers/pci/iov.c sriov_pf_dev_attrs and sriov_vf_dev_attrs.
    private void AddSriov()
    {
        if (_function.Sriov is { } sriov)
        {
            Show("sriov_totalvfs", () => Number(sriov.TotalVfs));
            Text("sriov_numvfs", ReadWrite, () => Number(_function.VirtualFunctions.Count), text => _hotplug.SetVirtualFunctions(_function, text));
            Show("sriov_offset", () => Number(sriov.VfOffset));
            Show("sriov_stride", () => Number(sriov.VfStride));
            Show("sriov_vf_device", () => string.Create(CultureInfo.InvariantCulture, $"{sriov.VfDevice:x}\n"));
            Show("sriov_vf_total_msix", () => "0\n");
            Text("sriov_drivers_autoprobe", ReadWrite, () => _function.ProbesVirtualFunctions ? "1\n" : "0\n", SetProbesVirtualFunctions);
        }
        else if (_function.Device.PhysicalFunction is { } physical)
        {
            _tree.AddLink($"{_function.Path}/physfn", $"{_function.Path[..^Name.Length]}{physical.Name}");

            // No driver here sets how many vectors a virtual function has.
            Text("sriov_vf_msix_count", WriteOnly, null,
                static text => WrittenNumber.Parse(text, out int count) == Errno.None && count >= 0 ? Errno.EOPNOTSUPP : Errno.EINVAL);
        }
    }

    private Errno SetProbesVirtualFunctions(string text)
    {
        if (!WrittenNumber.TryParse(text, out bool value))
        {
            return Errno.EINVAL;
        }

        _function.ProbesVirtualFunctions = value;
        return Errno.None;
    }

    private static string Number(int value) => string.Create(CultureInfo.InvariantCulture, $"{value}\n");

    private void Show(string name, Func<string> show) => Text(name, ReadOnly, show, null);

    private void Text(string name, ushort mode, Func<string>? show, Func<string, Errno>? store) => _tree.AddText($"{_function.Path}/{name}", mode, show, store);

    private string Uevent()
    {
        var text = new StringBuilder();
        if (_function.Device.DriverName is { } driver)
        {
            text.Append(CultureInfo.InvariantCulture, $"DRIVER={driver}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $"PCI_CLASS={Class:X4}\n")
            .Append(CultureInfo.InvariantCulture, $"PCI_ID={_function.Device.VendorId:X4}:{_function.Device.DeviceId:X4}\n")
            .Append(CultureInfo.InvariantCulture, $"PCI_SUBSYS_ID={SubsystemVendor:X4}:{Subsystem:X4}\n")
            .Append(CultureInfo.InvariantCulture, $"PCI_SLOT_NAME={Name}\nMODALIAS={Modalias}")
            .ToString();
    }

    private string ResourceText()
    {
        var text = new StringBuilder();
        for (int line = 0; line < (IsBridge ? BridgeResourceLines : ResourceLines); line++)
        {
            BarTopology? bar = _function.Topology.Bars.FirstOrDefault(bar => bar.Index == line);
            text.Append(CultureInfo.InvariantCulture, $"0x{bar?.Start ?? 0:x16} 0x{(bar is null ? 0 : bar.Start + (bar.Size - 1)):x16} 0x{bar?.Flags ?? 0:x16}\n");
        }

        return text.ToString();
    }

    private string PowerState()
    {
        int at = _config.FindCapability(PciRegisters.CapabilityPowerManagement);
        int state = at == 0 ? 0 : _config.Get16(at + PciRegisters.PowerControl) & PciRegisters.PowerControlStateMask;
        return state == 3 ? "D3hot\n" : string.Create(CultureInfo.InvariantCulture, $"D{state}\n");
    }

    // enable_store: a driver's own enabling is not for user space to change.
    private Errno Enable(string text)
    {
        if (WrittenNumber.Parse(text, ulong.MaxValue, out ulong value) != Errno.None)
        {
            return Errno.EINVAL;
        }

        lock (_function.DeviceLock)
        {
            if (_function.Device.DriverName is not null)
            {
                return Errno.EBUSY;
            }

            if (value != 0)
            {
                _function.EnableCount++;
            }
            else if (_function.EnableCount == 0)
            {
                return Errno.EIO;
            }
            else
            {
                _function.EnableCount--;
            }

            return Errno.None;
        }
    }

    // reset_store.
    private Errno Reset(string text)
    {
        if (WrittenNumber.Parse(text, ulong.MaxValue, out ulong value) != Errno.None || value != 1)
        {
            return Errno.EINVAL;
        }

        lock (_function.DeviceLock)
        {
            _function.Model.Reset();
            return Errno.None;
        }
    }
}
