namespace Vfio;

/// <summary>Network interfaces of a function that carry a default route, themselves or through a bond, bridge or VLAN on top.</summary>
internal sealed class RouteHazards(SystemTree tree)
{
    private const string Interfaces = "/sys/class/net";

    public IEnumerable<string> Find(PciAddress address)
    {
        HashSet<string> routed = [.. DefaultRoutes4(), .. DefaultRoutes6()];
        foreach (string name in tree.List(Interfaces))
        {
            if (!FunctionReader.LeadsThrough(tree.ReadLink($"{Interfaces}/{name}"), address))
            {
                continue;
            }

            foreach (string carrier in WithUppers(name).Where(routed.Contains))
            {
                yield return carrier == name
                    ? $"network interface {name}, which has the default route"
                    : $"network interface {name}, which carries {carrier}, which has the default route";
            }
        }
    }

    // Linux: net/core/dev.c netdev_adjacent_sysfs_add links each interface to those on top of it as upper_NAME.
    private List<string> WithUppers(string name)
    {
        List<string> all = [name];
        for (int next = 0; next < all.Count; next++)
        {
            foreach (string entry in tree.List($"{Interfaces}/{all[next]}"))
            {
                if (entry.StartsWith("upper_", StringComparison.Ordinal) && !all.Contains(entry["upper_".Length..]))
                {
                    all.Add(entry["upper_".Length..]);
                }
            }
        }

        return all;
    }

    // Iface Destination Gateway Flags RefCnt Use Metric Mask ...
    private IEnumerable<string> DefaultRoutes4()
        => Rows("/proc/net/route").Where(row => row.Length > 7 && row[1] == "00000000" && row[7] == "00000000").Select(row => row[0]);

    // destination prefix source prefix next-hop metric refcount use flags interface
    private IEnumerable<string> DefaultRoutes6()
        => Rows("/proc/net/ipv6_route")
            .Where(row => row.Length > 9 && row[1] == "00" && row[0].All(digit => digit == '0') && row[9] != "lo")
            .Select(row => row[9]);

    private IEnumerable<string[]> Rows(string path)
        => (tree.ReadText(path) ?? string.Empty).Split('\n').Select(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
