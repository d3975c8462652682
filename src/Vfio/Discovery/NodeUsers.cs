using System.Globalization;

namespace Vfio;

/// <summary>Which processes have a node open, as far as this user may see.</summary>
internal static class NodeUsers
{
    /// <summary>"qemu-system-x86 (pid 4711)", one for each process.</summary>
    public static IReadOnlyList<string> Find(SystemTree tree, IEnumerable<DeviceNode?> nodes)
    {
        HashSet<string> paths = nodes.OfType<DeviceNode>().Select(node => node.Path).ToHashSet(StringComparer.Ordinal);
        List<string> users = [];
        string? self = tree.ReadLinkName("/proc/self");
        foreach (string pid in tree.List("/proc"))
        {
            if (!int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                continue;
            }

            foreach (string fd in tree.List($"/proc/{pid}/fd"))
            {
                if (tree.ReadLink($"/proc/{pid}/fd/{fd}") is { } target && paths.Contains(target))
                {
                    users.Add(pid == self ? "this process" : $"{tree.ReadText($"/proc/{pid}/comm") ?? "a process"} (pid {pid})");
                    break;
                }
            }
        }

        return users;
    }
}
