using System.Collections.Immutable;
using Vfio.SoftKernel.VfioPci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>Which driver has which function. Linux: drivers/base/dd.c, drivers/base/bus.c, drivers/pci/pci-driver.c.</summary>
/// <param name="vfioPci">The one driver here that is real; the others only hold their functions.</param>
internal sealed class PciBus(VfioPciDriver vfioPci)
{
    /// <summary>The name of that driver.</summary>
    public const string VfioPci = "vfio-pci";

    private ImmutableSortedDictionary<string, BusFunction> _functions = ImmutableSortedDictionary.Create<string, BusFunction>(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(uint Vendor, uint Device)>> _drivers = new(StringComparer.Ordinal) { [VfioPci] = [] };

    /// <summary>A function got a driver (true) or lost it.</summary>
    public Action<BusFunction, string, bool>? DriverChanged { get; set; }

    /// <summary>pci_disable_sriov, as a driver lets go of a physical function.</summary>
    public Action<BusFunction>? DisableVirtualFunctions { get; set; }

    /// <summary>The functions, in address order, as they are now.</summary>
    public IReadOnlyList<BusFunction> Functions => [.. Volatile.Read(ref _functions).Values];

    /// <summary>The names of the drivers.</summary>
    public IReadOnlyCollection<string> Drivers => _drivers.Keys;

    /// <summary>The function of that name, or null.</summary>
    public BusFunction? Find(string name) => Volatile.Read(ref _functions).GetValueOrDefault(name);

    /// <summary>pci_device_add.</summary>
    public void Add(BusFunction function)
        => ImmutableInterlocked.Update(ref _functions, static (functions, added) => functions.Add(added.Device.Name, added), function);

    /// <summary>pci_destroy_dev: after its driver has let go.</summary>
    public void Remove(BusFunction function)
        => ImmutableInterlocked.Update(ref _functions, static (functions, gone) => functions.Remove(gone.Device.Name), function);

    /// <summary>pci_register_driver.</summary>
    public void AddDriver(string name) => _drivers.TryAdd(name, []);

    /// <summary>drivers_probe: ENODEV for an unknown function; a driver's refusal is not told. Linux: drivers/base/bus.c drivers_probe_store.</summary>
    public Errno ProbeByName(string text)
    {
        if (Find(SysfsName(text)) is not { } function)
        {
            return Errno.ENODEV;
        }

        lock (function.DeviceLock)
        {
            Attach(function);
        }

        return Errno.None;
    }

    /// <summary>A driver's bind file: ENODEV unless it matches, EBUSY when the function has a driver. Linux: bind_store.</summary>
    public Errno Bind(string driver, string text)
    {
        if (Find(SysfsName(text)) is not { } function || !Matches(driver, function))
        {
            return Errno.ENODEV;
        }

        lock (function.DeviceLock)
        {
            return function.Device.DriverName is null ? Probe(driver, function) : Errno.EBUSY;
        }
    }

    /// <summary>A driver's unbind file: ENODEV unless it has the function. Linux: unbind_store. Waits as the driver's remove does.</summary>
    public Errno Unbind(string driver, string text)
    {
        if (Find(SysfsName(text)) is not { } function)
        {
            return Errno.ENODEV;
        }

        lock (function.DeviceLock)
        {
            if (function.Device.DriverName != driver)
            {
                return Errno.ENODEV;
            }

            Release(function);
            return Errno.None;
        }
    }

    /// <summary>device_release_driver, under the device's lock: no driver has it when this returns. vfio-pci's remove waits for who has it open.</summary>
    public void Release(BusFunction function)
    {
        if (function.Device.DriverName is not { } driver)
        {
            return;
        }

        if (driver == VfioPci)
        {
            DisableVirtualFunctions?.Invoke(function);
            vfioPci.Remove(function.Device);
        }
        else
        {
            function.Stop();
        }

        Released(function, driver);
    }

    /// <summary>As the machine goes: vfio-pci's functions are asked back without waiting for who has them open.</summary>
    public void Shutdown()
    {
        foreach (BusFunction function in Functions.Where(function => function.Device.DriverName == VfioPci))
        {
            // Somebody may be waiting in an unbind of it right now: then it is on its way out already.
            if (!function.DeviceLock.TryEnter())
            {
                continue;
            }

            try
            {
                if (function.Device.DriverName == VfioPci && vfioPci.BeginRemove(function.Device))
                {
                    Released(function, VfioPci);
                }
            }
            finally
            {
                function.DeviceLock.Exit();
            }
        }
    }

    /// <summary>driver_override: up to the newline; nothing before it clears. Linux: drivers/base/driver.c driver_set_override.</summary>
    public static Errno SetOverride(BusFunction function, string text)
    {
        int end = text.AsSpan().IndexOfAny('\n', '\0');
        string name = end < 0 ? text : text[..end];
        lock (function.DeviceLock)
        {
            function.Device.DriverOverride = name.Length == 0 ? null : name;
        }

        return Errno.None;
    }

    /// <summary>new_id: "vendor device ..." in hexadecimal; then every free function that matches is probed. Linux: new_id_store.</summary>
    public Errno AddId(string driver, string text)
    {
        if (!TryParseId(text, out (uint, uint) id))
        {
            return Errno.EINVAL;
        }

        lock (_drivers)
        {
            if (_drivers[driver].Contains(id))
            {
                return Errno.EEXIST;
            }

            _drivers[driver].Add(id);
        }

        foreach (BusFunction function in Functions)
        {
            lock (function.DeviceLock)
            {
                if (function.Device.DriverName is null && Matches(driver, function))
                {
                    Probe(driver, function);
                }
            }
        }

        return Errno.None;
    }

    /// <summary>remove_id: ENODEV when it was not added. Functions stay bound.</summary>
    public Errno RemoveId(string driver, string text)
    {
        if (!TryParseId(text, out (uint, uint) id))
        {
            return Errno.EINVAL;
        }

        lock (_drivers)
        {
            return _drivers[driver].Remove(id) ? Errno.None : Errno.ENODEV;
        }
    }

    /// <summary>device_attach: the first driver that matches and accepts.</summary>
    public void Attach(BusFunction function)
    {
        foreach (string driver in _drivers.Keys)
        {
            if (function.Device.DriverName is null && Matches(driver, function))
            {
                Probe(driver, function);
            }
        }
    }

    /// <summary>really_probe.</summary>
    public Errno Probe(string driver, BusFunction function)
    {
        Errno error = function.Device.BindDriver(driver);
        if (error != Errno.None)
        {
            return error;
        }

        if (driver == VfioPci)
        {
            error = function.VirtualFunctions.Count != 0 ? Errno.EBUSY : vfioPci.Probe(function.Device, function.Model);
        }
        else if (driver == function.MatchingDriver)
        {
            function.Start();
        }
        else
        {
            // Bound by an id or an override to hardware it does not know.
            error = Errno.ENODEV;
        }

        if (error != Errno.None)
        {
            function.Device.UnbindDriver();
            return error;
        }

        DriverChanged?.Invoke(function, driver, true);
        return Errno.None;
    }

    private void Released(BusFunction function, string driver)
    {
        function.Device.UnbindDriver();
        DriverChanged?.Invoke(function, driver, false);
    }

    // pci_match_device: an override admits its driver only, and that one without an id; else added ids, else the driver's own table.
    private bool Matches(string driver, BusFunction function)
    {
        if (function.Device.DriverOverride is { } only)
        {
            return only == driver;
        }

        lock (_drivers)
        {
            return driver == function.MatchingDriver || _drivers[driver].Contains((function.Device.VendorId, function.Device.DeviceId));
        }
    }

    // sysfs_streq: one newline at the end does not count.
    private static string SysfsName(string text)
    {
        int end = text.IndexOf('\0', StringComparison.Ordinal);
        string name = end < 0 ? text : text[..end];
        return name.EndsWith('\n') ? name[..^1] : name;
    }

    // What follows the first two numbers would narrow the match, and is not looked at.
    private static bool TryParseId(string text, out (uint Vendor, uint Device) id)
    {
        id = default;
        ReadOnlySpan<char> rest = text;
        return WrittenNumber.TryScanHex(ref rest, out id.Vendor) && WrittenNumber.TryScanHex(ref rest, out id.Device);
    }
}
