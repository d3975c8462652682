using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.Topology;

/// <summary>Holds a topology against what a machine can be. Finds the first thing that is wrong and says where.</summary>
internal sealed partial class TopologyCheck
{
    private const int MostIommus = 64;
    private const int MostFunctions = 4096;
    private const int MostFiles = 16384;
    private const int LongestName = 64;
    private const int LongestReset = 60_000;
    private const int MostDeviceRegions = 16;
    private const ulong LargestDeviceRegion = 1 << 24;

    // What the machine makes itself, at the start or as drivers come and go.
    private static readonly string[] s_ownDirectories =
    [
        "/sys/bus/pci/", "/sys/devices/pci", "/sys/devices/virtual/vfio", "/sys/devices/virtual/iommu", "/sys/devices/virtual/misc", "/sys/class/vfio",
        "/sys/class/iommu", "/sys/class/misc", "/sys/kernel/iommu_groups", "/dev/vfio", "/dev/iommu",
    ];

    private static readonly string[] s_ownEntries = ["driver", "vfio-dev", "iommu", "iommu_group"];

    private readonly string _source;
    private readonly Dictionary<string, IommuTopology> _iommus = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> _groups = [];
    private readonly Dictionary<string, string> _virtualAddresses = new(StringComparer.Ordinal);

    private TopologyCheck(string source) => _source = source;

    /// <summary>Throws for the first fault.</summary>
    /// <exception cref="TopologyException">The topology contradicts itself or a limit.</exception>
    public static void Run(MachineTopology topology, string source) => new TopologyCheck(source).Machine(topology);

    private void Machine(MachineTopology topology)
    {
        Name("$.name", topology.Name);
        Count("$.iommus", topology.Iommus.Count, MostIommus);
        Count("$.functions", topology.Functions.Count, MostFunctions);
        foreach ((string module, IReadOnlyDictionary<string, string> parameters) in topology.Kernel.Modules)
        {
            Name("$.kernel.modules", module);
            NotNull($"$.kernel.modules.{module}", parameters);
            foreach ((string parameter, string value) in parameters)
            {
                Name($"$.kernel.modules.{module}", parameter);
                NotNull($"$.kernel.modules.{module}.{parameter}", value);
            }
        }

        Name("$.kernel.release", topology.Kernel.Release);
        foreach ((string what, uint number) in new[]
        {
            ("miscMajor", topology.Nodes.MiscMajor), ("iommuMinor", topology.Nodes.IommuMinor), ("containerMinor", topology.Nodes.ContainerMinor),
            ("groupMajor", topology.Nodes.GroupMajor), ("deviceMajor", topology.Nodes.DeviceMajor),
        })
        {
            if (number >= 1 << (what.EndsWith("Major", StringComparison.Ordinal) ? 12 : 20))
            {
                Fail($"$.nodes.{what}", $"{number} is no device number: majors are below 4096, minors below 1048576");
            }
        }

        for (int i = 0; i < topology.Drivers.Count; i++)
        {
            Name($"$.drivers[{i}]", topology.Drivers[i]);
        }

        for (int i = 0; i < topology.Iommus.Count; i++)
        {
            Iommu($"$.iommus[{i}]", topology.Iommus[i]);
        }

        var addresses = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < topology.Functions.Count; i++)
        {
            Function($"$.functions[{i}]", topology.Functions[i]);
            if (!addresses.Add(topology.Functions[i].Address))
            {
                Fail($"$.functions[{i}].address", $"{topology.Functions[i].Address} is there twice");
            }
        }

        foreach ((string address, string at) in _virtualAddresses)
        {
            if (addresses.Contains(address))
            {
                Fail(at, $"{address} would be a virtual function's address and is another's");
            }
        }

        Files("$.files", topology.Files, absolute: true, relative: false);
    }

    private void Iommu(string at, IommuTopology iommu)
    {
        NotNull(at, iommu);
        Name($"{at}.name", iommu.Name);
        if (!_iommus.TryAdd(iommu.Name, iommu))
        {
            Fail($"{at}.name", $"{iommu.Name} is there twice");
        }

        if (iommu.Kind is not ("intel" or "amd" or "virtio" or "smmuv3"))
        {
            Fail($"{at}.kind", $"'{iommu.Kind}' is unknown: intel, amd, virtio or smmuv3");
        }

        if ((iommu.PageSizes & 0x1000) == 0 || (iommu.PageSizes & 0xfff) != 0)
        {
            Fail($"{at}.pageSizes", "4 KiB must be the smallest page size (bit 12), as in \"0x40201000\"");
        }

        if (iommu.ApertureLast < 0xffff_ffff || (iommu.ApertureLast & (iommu.ApertureLast + 1)) != 0)
        {
            Fail($"{at}.apertureLast", "the last address must be a power of two less one, from \"0xffffffff\" up");
        }

        if (iommu.Kind != "intel" && (iommu.Cap | iommu.Ecap) != 0)
        {
            Fail($"{at}.{(iommu.Cap != 0 ? "cap" : "ecap")}", "only VT-d has this register");
        }

        if (iommu.Idr.Count != 6 || (iommu.Kind != "smmuv3" && iommu.Idr.Any(static register => register != 0)))
        {
            Fail($"{at}.idr", "SMMUv3 has six of these registers, and no other kind has any");
        }

        if (iommu.DefaultDomain is not ("DMA" or "DMA-FQ" or "identity"))
        {
            Fail($"{at}.defaultDomain", $"'{iommu.DefaultDomain}' is unknown: DMA-FQ, DMA or identity");
        }

        if (iommu.DevicePath is { } path)
        {
            RelativePath($"{at}.devicePath", path);
        }

        Files($"{at}.files", iommu.Files, absolute: false, relative: true);
    }

    private void Store(string at, FunctionTopology function)
    {
        const ulong Smallest = 1 << 20;
        const ulong Largest = 1UL << 44;
        if (function.Store is not { } store)
        {
            return;
        }

        if (function.Model != "nvme")
        {
            Fail($"{at}.store", $"the model {function.Model} keeps no blocks; nvme does");
        }

        if (store.Kind is not ("memory" or "null" or "file"))
        {
            Fail($"{at}.store.kind", $"'{store.Kind}' is unknown: memory, null or file");
        }

        if (store.Kind == "file" ? string.IsNullOrEmpty(store.Path) || store.Path.Contains('\0', StringComparison.Ordinal) : store.Path is not null)
        {
            Fail($"{at}.store.path", "a store of kind file needs a path, and no other has one");
        }

        if (store.Size is < Smallest or > Largest || store.Size % Smallest != 0)
        {
            Fail($"{at}.store.size", $"0x{store.Size:x} is no whole number of MiB from 1 to {Largest / Smallest}");
        }

        if (store.BlockSize is not (512 or 4096))
        {
            Fail($"{at}.store.blockSize", $"{store.BlockSize} is not 512 or 4096");
        }
    }

    private void Function(string at, FunctionTopology function)
    {
        NotNull(at, function);
        if (!PciLocation.TryParse(function.Address, out PciLocation location) || location.ToString() != function.Address)
        {
            Fail($"{at}.address", $"'{function.Address}' is no PCI address as sysfs writes it: 0000:00:01.0");
        }

        if (function.Model is not ("edu" or "nvme" or "passive"))
        {
            Fail($"{at}.model", $"'{function.Model}' is unknown: edu, nvme or passive");
        }

        Store(at, function);

        if (function.Migration && function.Model != "edu")
        {
            Fail($"{at}.migration", $"the model {function.Model} has no state to move; edu has");
        }

        if (function.ConfigSize is not (256 or 4096))
        {
            Fail($"{at}.configSize", $"{function.ConfigSize} is not 256 or 4096");
        }

        ReadOnlySpan<byte> config = function.Config.Span;
        if (config.Length < 64 || config.Length > function.ConfigSize)
        {
            Fail($"{at}.config", $"{config.Length} bytes: at least the 64 of the standard header are needed, and at most configSize ({function.ConfigSize})");
        }

        if (config[0] == 0xff && config[1] == 0xff)
        {
            Fail($"{at}.config", "vendor ffff is what the bus answers where no function is");
        }

        if (function.Model == "edu" && (config[0] != 0x34 || config[1] != 0x12 || config[2] != 0xe8 || config[3] != 0x11))
        {
            Fail($"{at}.config", "the edu model is 1234:11e8: the configuration space must begin with 3412e811");
        }

        Capabilities($"{at}.config", config);
        ExtendedCapabilities(at, function);
        DeviceRegions(at, function);
        VirtualFunctions(at, function);
        Bars(at, function);
        Mappable(at, function);
        if (function.ResetTime is < 0 or > LongestReset)
        {
            Fail($"{at}.resetTime", $"{function.ResetTime} ms: 0 to {LongestReset} are allowed");
        }

        if (function.Model == "nvme" && !(config[9..12].SequenceEqual((ReadOnlySpan<byte>)[2, 8, 1]) && function.Bars.FirstOrDefault(bar => bar.Index == 0) is { Size: NvmeModel.RegistersSize }))
        {
            Fail($"{at}.config", "the nvme model is of class 010802 and has a BAR 0 of 0x4000 bytes");
        }

        if (function.Model == "edu" && function.Bars.FirstOrDefault(bar => bar.Index == 0) is not { Size: 0x100000 })
        {
            Fail($"{at}.bars", "the edu model has a BAR 0 of 0x100000 bytes");
        }

        foreach ((string what, string? driver) in new[] { ("driver", function.Driver), ("matchingDriver", function.MatchingDriver) })
        {
            if (driver is not null)
            {
                Name($"{at}.{what}", driver);
            }
        }

        if ((function.Iommu is null) != (function.Group is null))
        {
            Fail($"{at}.{(function.Iommu is null ? "group" : "iommu")}", "a function behind an IOMMU is in a group, and only such a one: give both iommu and group, or neither");
        }

        if (function is { Iommu: { } iommu, Group: { } group })
        {
            Group(at, iommu, group);
        }

        if (function.EnableCount is < 0 or > 1000)
        {
            Fail($"{at}.enableCount", $"{function.EnableCount} is not 0 to 1000");
        }

        for (int i = 0; i < function.ReservedRegions.Count; i++)
        {
            ReservedRegionTopology region = function.ReservedRegions[i];
            NotNull($"{at}.reservedRegions[{i}]", region);
            if (region.Kind is not ("msi" or "reserved" or "direct" or "direct-relaxable"))
            {
                Fail($"{at}.reservedRegions[{i}].kind", $"'{region.Kind}' is unknown: msi, reserved, direct or direct-relaxable");
            }

            if (region.First > region.Last)
            {
                Fail($"{at}.reservedRegions[{i}]", $"the last address 0x{region.Last:x} is before the first, 0x{region.First:x}");
            }
        }

        Files($"{at}.files", function.Files, absolute: false, relative: true);
        Files($"{at}.driverFiles", function.DriverFiles, absolute: true, relative: true);
    }

    private void Group(string at, string iommu, int group)
    {
        if (!_iommus.ContainsKey(iommu))
        {
            Fail($"{at}.iommu", $"there is no IOMMU '{iommu}': {(_iommus.Count == 0 ? "iommus is empty" : "there are " + string.Join(", ", _iommus.Keys))}");
        }

        if (group is < 0 or > 65535)
        {
            Fail($"{at}.group", $"{group} is no group number: 0 to 65535");
        }

        if (_groups.GetValueOrDefault(group, iommu) != iommu)
        {
            Fail($"{at}.group", $"group {group} has functions behind {_groups[group]} already: the functions of a group share an IOMMU");
        }

        _groups[group] = iommu;
    }

    private void Bars(string at, FunctionTopology function)
    {
        ulong taken = 0;
        for (int i = 0; i < function.Bars.Count; i++)
        {
            BarTopology bar = function.Bars[i];
            NotNull($"{at}.bars[{i}]", bar);
            if (bar.Index is < 0 or > 16)
            {
                Fail($"{at}.bars[{i}].index", $"{bar.Index}: 0 to 5 are BARs, 6 the ROM, 7 to 16 windows");
            }

            bool wide = bar.Index < 6 && (bar.Flags & FunctionBars.Memory64) != 0;
            ulong slots = (wide ? 3UL : 1UL) << bar.Index;
            if ((taken & slots) != 0 || (wide && bar.Index == 5))
            {
                Fail($"{at}.bars[{i}].index", $"BAR {bar.Index} is taken, or a 64-bit BAR (flag 0x100000) has no room for its upper half");
            }

            taken |= slots;
            if (bar.Index <= 6 && (!BitOperations.IsPow2(bar.Size) || bar.Size > 1UL << 40))
            {
                Fail($"{at}.bars[{i}].size", $"0x{bar.Size:x} is not a power of two up to 1 TiB");
            }

            if (bar.Size == 0 || bar.Start > ulong.MaxValue - (bar.Size - 1) || (bar.Index <= 6 && (bar.Start & (bar.Size - 1)) != 0))
            {
                Fail($"{at}.bars[{i}].start", $"0x{bar.Start:x} is not aligned to the size 0x{bar.Size:x}, or the end is past the last address");
            }

            if ((bar.Flags & (FunctionBars.Memory | FunctionBars.Io)) is not (FunctionBars.Memory or FunctionBars.Io))
            {
                Fail($"{at}.bars[{i}].flags", $"0x{bar.Flags:x} is neither memory (0x200) nor ports (0x100)");
            }
        }
    }

    private void Files(string at, IReadOnlyDictionary<string, FileTopology> files, bool absolute, bool relative)
    {
        Count(at, files.Count, MostFiles);
        foreach (string path in files.Keys)
        {
            string place = $"{at}['{path}']";
            if (path.StartsWith('/'))
            {
                if (!absolute || !(path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/dev/", StringComparison.Ordinal)))
                {
                    Fail(place, absolute ? "an absolute path must be under /sys, /proc or /dev" : "the path must be relative to the directory of this entry");
                }

                RelativePath(place, path[1..]);
                if (s_ownDirectories.Any(own => path.StartsWith(own, StringComparison.Ordinal)))
                {
                    Fail(place, "the machine makes what is there itself, from its iommus and functions");
                }
            }
            else if (relative)
            {
                if (s_ownEntries.Contains(path.Split('/')[0]))
                {
                    Fail(place, "the machine makes this entry itself");
                }

                RelativePath(place, path);
            }
            else
            {
                Fail(place, "the path must be absolute, under /sys, /proc or /dev");
            }
        }
    }

    private void RelativePath(string at, string path)
    {
        if (path.Length is 0 or > 1024)
        {
            Fail(at, "the path must have 1 to 1024 characters");
        }

        foreach (string component in path.Split('/'))
        {
            if (component is "" or "." or ".." || component.Length > 200 || component.Any(char.IsControl))
            {
                Fail(at, "the path must be plain: no empty component, '.', '..' or control character");
            }
        }
    }

    // The reader lets null into lists and dictionaries, whatever their type says.
    private void NotNull(string at, object? value)
    {
        if (value is null)
        {
            Fail(at, "null does not stand for anything here");
        }
    }

    private void Name(string at, string name)
    {
        NotNull(at, name);
        if (name.Length is 0 or > LongestName || name is "." or ".." || name.Any(c => c is '/' or ' ' || char.IsControl(c)))
        {
            Fail(at, $"'{(name.Length > LongestName ? name[..LongestName] + "..." : name)}' is no name: 1 to {LongestName} characters, without slash or space");
        }
    }

    private void Count(string at, int count, int most)
    {
        if (count > most)
        {
            Fail(at, $"{count} entries; at most {most} are allowed");
        }
    }

    [DoesNotReturn]
    private void Fail(string at, string what) => throw new TopologyException($"{_source}: {at}: {what}. The format is described in docs/topology.md.");
}
