using System.Globalization;

namespace Vfio.Cli.Rendering;

/// <summary>Facts in words.</summary>
internal static class FunctionText
{
    public static string Group(DeviceFacts facts)
    {
        if (facts.Group is not { } group)
        {
            return "none";
        }

        List<string> peers = [.. group.Functions
            .Where(f => f.Address != facts.Function.Address)
            .Select(f => $"{f.Address} ({(f.IsBridge ? "a bridge" : f.Driver ?? "no driver")})")];
        string id = group.Id.ToString(CultureInfo.InvariantCulture);
        return peers.Count == 0 ? $"{id}, alone in it" : $"{id}, with {string.Join(", ", peers)}";
    }

    public static string Iommu(DeviceFacts facts)
    {
        PciFunction function = facts.Function;
        return (function.IommuName, function.GroupId) switch
        {
            ({ } name, _) => $"{name} ({Look.Name(function.IommuType)})",
            (null, not null) => "in use; sysfs does not name it",
            _ => facts.IommuStatus == IommuStatus.Active ? "none covers this function" : facts.IommuEvidence.Length == 0 ? "none" : facts.IommuEvidence,
        };
    }

    public static IEnumerable<string> Nodes(FunctionNodes nodes)
    {
        List<string> lines = [];
        foreach (DeviceNode? node in (DeviceNode?[])[nodes.Device, nodes.Group, nodes.Iommufd, nodes.Container])
        {
            if (node is not null)
            {
                lines.Add(node.State == NodeState.Ready ? node.Path : $"{node.Path} ({State(node.State)})");
            }
        }

        return lines.Count == 0 ? ["none"] : lines;
    }

    public static IEnumerable<string> Needs(PlanNeeds needs)
    {
        List<string> lines = [.. needs.Privileges];
        if (needs.ToBind.Count > 0)
        {
            lines.Add($"bound to vfio-pci first: {string.Join(", ", needs.ToBind)}");
        }

        lines.Add(needs.MemlockLimit is { } limit ? $"memlock for what is mapped at once; the limit is {Bytes(limit)}" : "memlock for what is mapped at once; there is no limit");
        return lines;
    }

    public static string Bytes(ulong bytes) => bytes switch
    {
        >= 1ul << 30 when bytes % (1ul << 30) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 30} GiB"),
        >= 1ul << 20 when bytes % (1ul << 20) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
        >= 1ul << 10 when bytes % (1ul << 10) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        >= 1ul << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1ul << 30):0.0} GiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
    };

    private static string State(NodeState state) => state switch
    {
        NodeState.Missing => "missing",
        NodeState.NoAccess => "no permission",
        _ => "not the device that sysfs names",
    };
}
