using System.Globalization;

namespace Vfio;

/// <summary>sysfs to <see cref="PciFunction"/> and <see cref="IommuGroup"/>. One reader for one look: it remembers what functions share.</summary>
internal sealed class FunctionReader(SystemTree tree)
{
    private const string Devices = "/sys/bus/pci/devices";

    private readonly Dictionary<PciAddress, PciFunction?> _functions = [];
    private readonly Dictionary<string, IommuType> _iommuTypes = [];
    private readonly Lazy<DeviceNode> _iommufd = new(() => tree.ReadNode("/dev/iommu", tree.ReadText("/sys/class/misc/iommu/dev")));
    private readonly Lazy<DeviceNode> _container = new(() => tree.ReadNode("/dev/vfio/vfio", tree.ReadText("/sys/class/misc/vfio/dev")));

    // A device's class links lead through the functions it hangs on: ../../devices/pci0000:00/0000:00:01.0/virtio0/iommu/0000:00:01.0.
    private readonly Lazy<string[]> _iommuLinks =
        new(() => [.. tree.List("/sys/class/iommu").Select(name => tree.ReadLink($"/sys/class/iommu/{name}")).OfType<string>()]);

    /// <summary>Whether a sysfs link leads to something below the function.</summary>
    public static bool LeadsThrough(string? link, PciAddress address)
        => link is not null && link.Contains($"/{address}/", StringComparison.Ordinal);

    /// <summary>A function's directory.</summary>
    public static string DirectoryOf(PciAddress address) => $"{Devices}/{address}";

    /// <summary>Every function, in order of address. One that goes away meanwhile is left out.</summary>
    public List<PciFunction> ReadAll()
    {
        _ = tree.TryList(Devices, out List<string> names).ThrowIfError("open", tree.PathOf(Devices));
        return ReadAll(names);
    }

    /// <summary>One function; null where there is none.</summary>
    public PciFunction? Read(PciAddress address)
    {
        if (!_functions.TryGetValue(address, out PciFunction? function))
        {
            function = ReadDirectory(address);
            _functions[address] = function;
        }

        return function;
    }

    /// <summary>One group; null where there is none.</summary>
    public IommuGroup? ReadGroup(int id)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/sys/kernel/iommu_groups/{id}");
        return tree.TryList($"{directory}/devices", out List<string> names) < 0
            ? null
            : new IommuGroup
            {
                Id = id,
                Functions = ReadAll(names),
                Type = tree.ReadText($"{directory}/type"),
                ReservedRegions = ReadReservedRegions(tree.ReadText($"{directory}/reserved_regions")),
            };
    }

    private PciFunction? ReadDirectory(PciAddress address)
    {
        string directory = DirectoryOf(address);
        if (tree.ReadHex($"{directory}/vendor") is not { } vendor || tree.ReadHex($"{directory}/device") is not { } device)
        {
            return null;
        }

        string? driver = tree.ReadLinkName($"{directory}/driver");
        int? group = ReadNumber(tree.ReadLinkName($"{directory}/iommu_group"));
        string? iommu = tree.ReadLinkName($"{directory}/iommu");
        string? vfioName = tree.List($"{directory}/vfio-dev").FirstOrDefault(name => name.StartsWith("vfio", StringComparison.Ordinal));
        bool vfio = vfioName is not null || driver == "vfio-pci";

        // "(null)" is how the kernel prints an override that nobody wrote.
        string? driverOverride = tree.ReadText($"{directory}/driver_override");
        int? numaNode = ReadNumber(tree.ReadText($"{directory}/numa_node"));
        DeviceNode? groupNode = vfio && group is { } id ? ReadGroupNode(id) : null;
        return new PciFunction
        {
            Address = address,
            VendorId = (ushort)vendor,
            DeviceId = (ushort)device,
            SubsystemVendorId = (ushort)(tree.ReadHex($"{directory}/subsystem_vendor") ?? 0),
            SubsystemDeviceId = (ushort)(tree.ReadHex($"{directory}/subsystem_device") ?? 0),
            ClassCode = (uint)(tree.ReadHex($"{directory}/class") ?? 0) & 0xFFFFFF,
            Driver = driver,
            DriverOverride = driverOverride is null or "" or "(null)" ? null : driverOverride,
            GroupId = group,
            IommuName = iommu,
            IommuType = iommu is null ? IommuType.Unknown : TypeOf(iommu),
            VfioName = vfioName,
            Nodes = new FunctionNodes(
                vfioName is null ? null : tree.ReadNode($"/dev/vfio/devices/{vfioName}", tree.ReadText($"{directory}/vfio-dev/{vfioName}/dev")),
                groupNode,
                _iommufd.Value,
                _container.Value),
            Resources = ReadResources(tree.ReadText($"{directory}/resource")),
            NumaNode = numaNode < 0 ? null : numaNode,
            IsIommu = _iommuLinks.Value.Any(link => LeadsThrough(link, address)),
            IsNoIommu = groupNode is not null && groupNode.Path.Contains("/noiommu-", StringComparison.Ordinal),
        };
    }

    private List<PciFunction> ReadAll(List<string> names)
    {
        List<PciFunction> functions = new(names.Count);
        foreach (string name in names)
        {
            if (PciAddress.TryParse(name, out PciAddress address) && Read(address) is { } function)
            {
                functions.Add(function);
            }
        }

        functions.Sort((left, right) => left.Address.CompareTo(right.Address));
        return functions;
    }

    // Linux: drivers/vfio/group.c vfio_group_alloc names the class device "noiommu-N" where nothing fences the group.
    private DeviceNode ReadGroupNode(int id)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{id}");
        if (tree.ReadText($"/sys/class/vfio/noiommu-{name}/dev") is { } numbers)
        {
            return tree.ReadNode($"/dev/vfio/noiommu-{name}", numbers);
        }

        return tree.ReadNode($"/dev/vfio/{name}", tree.ReadText($"/sys/class/vfio/{name}/dev"));
    }

    private IommuType TypeOf(string iommu)
    {
        if (!_iommuTypes.TryGetValue(iommu, out IommuType type))
        {
            string directory = $"/sys/class/iommu/{iommu}";
            IReadOnlyList<string> entries = tree.List(directory);
            type = entries.Contains("intel-iommu") ? IommuType.IntelVtd
                : entries.Contains("amd-iommu") ? IommuType.AmdVi
                : tree.ReadLink(directory)?.Contains("/virtio", StringComparison.Ordinal) == true ? IommuType.Virtio
                : IommuType.Unknown;
            _iommuTypes[iommu] = type;
        }

        return type;
    }

    private static int? ReadNumber(string? text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static List<PciResource> ReadResources(string? text)
    {
        List<PciResource> resources = [];
        int index = 0;
        foreach (string line in Lines(text))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 3
                && SystemTree.ParseHex(fields[0]) is { } start
                && SystemTree.ParseHex(fields[1]) is { } last
                && SystemTree.ParseHex(fields[2]) is { } flags
                && flags != 0
                && last >= start)
            {
                resources.Add(new PciResource(index, start, last - start + 1, flags));
            }

            index++;
        }

        return resources;
    }

    private static List<ReservedRegion> ReadReservedRegions(string? text)
    {
        List<ReservedRegion> regions = [];
        foreach (string line in Lines(text))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 3 && SystemTree.ParseHex(fields[0]) is { } start && SystemTree.ParseHex(fields[1]) is { } last)
            {
                regions.Add(new ReservedRegion(start, last, fields[2]));
            }
        }

        return regions;
    }

    private static string[] Lines(string? text) => text is null ? [] : text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
