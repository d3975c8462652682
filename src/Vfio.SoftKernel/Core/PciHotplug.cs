using System.Globalization;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Sysfs;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>Functions that leave the bus and come back, and virtual functions. Linux: drivers/pci/remove.c, probe.c and iov.c.</summary>
/// <remarks>
/// Its lock (pci_lock_rescan_remove) comes before a device's; a virtual function's lock comes after its physical function's. All may be held
/// while a driver waits for who has its device open.
/// </remarks>
/// <param name="machine">Whose bus it is.</param>
internal sealed class PciHotplug(SoftMachine machine)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (FunctionTopology Topology, PciModel Model)> _plugged = new(StringComparer.Ordinal);

    /// <summary>A function is in its slot; <see cref="Rescan"/> finds it.</summary>
    public void Plug(FunctionTopology topology, PciModel model) => _plugged.Add(topology.Address, (topology, model));

    /// <summary>A function's <c>remove</c> file: it leaves the bus, with what stands behind it. Linux: remove_store.</summary>
    public Errno Remove(BusFunction function, string text)
    {
        if (WrittenNumber.Parse(text, ulong.MaxValue, out ulong value) != Errno.None)
        {
            return Errno.EINVAL;
        }

        if (value != 0)
        {
            lock (_lock)
            {
                StopAndRemove(function);
            }
        }

        return Errno.None;
    }

    /// <summary>The bus's and a function's <c>rescan</c> files: what is in a slot and not on the bus comes onto it. Linux: rescan_store.</summary>
    public Errno Rescan(string text)
    {
        if (WrittenNumber.Parse(text, ulong.MaxValue, out ulong value) != Errno.None)
        {
            return Errno.EINVAL;
        }

        if (value == 0)
        {
            return Errno.None;
        }

        lock (_lock)
        {
            foreach ((FunctionTopology topology, PciModel model) in _plugged.Values)
            {
                if (machine.Bus.Find(topology.Address) is null)
                {
                    Show(machine.Add(topology, model));
                }
            }
        }

        return Errno.None;
    }

    /// <summary>Pulled out: the hardware is gone at once, the kernel follows. Linux: pciehp_unconfigure_device.</summary>
    public void Unplug(BusFunction function)
    {
        function.Model.IsPresent = false;
        new Thread(() =>
        {
            lock (_lock)
            {
                _plugged.Remove(function.Topology.Address);
                StopAndRemove(function);
            }

            // What plays it may have a thread.
            (function.Model as IDisposable)?.Dispose();
        })
        { IsBackground = true, Name = "pciehp" }.Start();
    }

    /// <summary>A physical function's <c>sriov_numvfs</c> file. Linux: sriov_numvfs_store.</summary>
    public Errno SetVirtualFunctions(BusFunction function, string text)
    {
        if (WrittenNumber.Parse(text, ushort.MaxValue, out ulong value) != Errno.None)
        {
            return Errno.EINVAL;
        }

        int count = (int)value;
        if (count > function.Sriov!.TotalVfs)
        {
            return Errno.ERANGE;
        }

        lock (_lock)
        {
            lock (function.DeviceLock)
            {
                int now = function.VirtualFunctions.Count;
                if (count == now)
                {
                    return Errno.None;
                }

                bool byVfio = function.Device.DriverName == PciBus.VfioPci;
                if (function.Device.DriverName is null || (byVfio && !machine.Vfio.Parameters.EnableSriov))
                {
                    return Errno.ENOENT;
                }

                if (count == 0)
                {
                    DisableVirtualFunctions(function);
                    return Errno.None;
                }

                return now != 0 ? Errno.EBUSY : EnableVirtualFunctions(function, count);
            }
        }
    }

    /// <summary>pci_disable_sriov, under the physical function's lock.</summary>
    public void DisableVirtualFunctions(BusFunction function)
    {
        foreach (BusFunction virtualFunction in function.VirtualFunctions)
        {
            StopAndRemove(virtualFunction);
        }

        for (int i = 0; i < function.VirtualFunctions.Count; i++)
        {
            machine.Tree.Remove(string.Create(CultureInfo.InvariantCulture, $"{function.Path}/virtfn{i}"));
        }

        function.VirtualFunctions = [];
        function.Sriov?.SetCount(0);
        machine.VfioPci.ReleaseVirtualFunctions(function.Device);
    }

    // pci_enable_sriov, with vfio_pci_core_sriov_configure around it where vfio-pci has the function.
    private Errno EnableVirtualFunctions(BusFunction function, int count)
    {
        if (function.Sriov!.LocationOf(function.Model.Location, count - 1) is null)
        {
            return Errno.ENOMEM;
        }

        machine.VfioPci.CaptureVirtualFunctions(function.Device);
        function.Sriov.SetCount(count);
        List<BusFunction> added = [];
        for (int i = 0; i < count; i++)
        {
            added.Add(AddVirtualFunction(function, i));
            function.VirtualFunctions = [.. added];
            Show(added[i]);
        }

        return Errno.None;
    }

    // pci_iov_add_virtfn: a share of the physical function's windows, an IOMMU group of its own.
    private BusFunction AddVirtualFunction(BusFunction physical, int index)
    {
        PciLocation location = physical.Sriov!.LocationOf(physical.Model.Location, index)!.Value;
        const int FirstWindow = 7;
        FunctionTopology from = physical.Topology;
        var topology = new FunctionTopology
        {
            Address = location.ToString(),
            Config = from.VfConfig,
            ConfigSize = from.ConfigSize,
            Bars =
            [
                .. from.Bars.Where(static bar => bar.Index is >= FirstWindow and < FirstWindow + 6).Select(bar =>
                {
                    ulong size = bar.Size / (ulong)physical.Sriov.TotalVfs;
                    return bar with { Index = bar.Index - FirstWindow, Size = size, Start = bar.Start + (size * (ulong)index) };
                }),
            ],
            MatchingDriver = physical.MatchingDriver,
            Iommu = from.Iommu,
            Group = from.Iommu is null ? null : LowestFreeGroup(),
            ReservedRegions = from.ReservedRegions,
        };
        byte[] config = new byte[topology.ConfigSize];
        topology.Config.Span.CopyTo(config);
        BusFunction added = machine.Add(topology, new PassiveModel(location, config, FunctionBars.Of(topology)), physical.Device);

        // vfio_pci_bus_notifier: what a user may have made of its physical function is not for the host's drivers.
        added.Device.DriverOverride = physical.Device.DriverName == PciBus.VfioPci ? PciBus.VfioPci : null;
        machine.Tree.AddLink(string.Create(CultureInfo.InvariantCulture, $"{physical.Path}/virtfn{index}"), added.Path);
        return added;
    }

    private int LowestFreeGroup()
    {
        int id = 0;
        while (machine.Groups.ContainsKey(id) || machine.Vfio.HasGroup(id))
        {
            id++;
        }

        return id;
    }

    // bus_add_device, and device_attach unless the physical function's owner wants it otherwise: pci_device_can_probe.
    private void Show(BusFunction function)
    {
        FunctionDirectory.Add(machine, function);
        IommuDirectories.AddMember(machine, function);
        BusFunction? physical = function.Device.PhysicalFunction is { } device ? machine.Bus.Find(device.Name) : null;
        if (physical is null || physical.ProbesVirtualFunctions || function.Device.DriverOverride is not null)
        {
            lock (function.DeviceLock)
            {
                machine.Bus.Attach(function);
            }
        }
    }

    // pci_stop_and_remove_bus_device: from the end of each branch.
    private void StopAndRemove(BusFunction function)
    {
        foreach (BusFunction behind in machine.Bus.Functions.Where(other => other.Path.StartsWith($"{function.Path}/", StringComparison.Ordinal)).Reverse())
        {
            StopAndRemove(behind);
        }

        lock (function.DeviceLock)
        {
            // Somebody else's write to its file may have been first.
            if (machine.Bus.Find(function.Device.Name) != function)
            {
                return;
            }

            machine.Bus.Release(function);
            if (function.VirtualFunctions.Count != 0)
            {
                DisableVirtualFunctions(function);
            }

            IommuDirectories.RemoveMember(machine, function);
            FunctionDirectory.Remove(machine.Tree, function);
            machine.Remove(function);
        }
    }
}
