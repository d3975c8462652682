using System.Globalization;

namespace Vfio;

/// <summary>Disks of a function that something stands on: partitions, LVM, RAID and encryption on top are followed up to what is mounted.</summary>
internal sealed class BlockHazards(SystemTree tree)
{
    private const string Disks = "/sys/block";

    public IEnumerable<string> Find(PciAddress address)
    {
        List<string> names = DisksOf(address);
        if (names.Count == 0)
        {
            return [];
        }

        List<string> found = [];
        AddPartitionsAndHolders(names, found);
        HashSet<string> numbers = [.. names.Select(name => tree.ReadText($"/sys/class/block/{name}/dev")).OfType<string>()];
        AddMounts(names, numbers, found);
        AddSwap(numbers, found);
        AddBtrfs(names, found);
        return found.Distinct();
    }

    private List<string> DisksOf(PciAddress address)
        => [.. tree.List(Disks).Where(name => tree.ReadLink($"{Disks}/{name}") is { } link
            && (FunctionReader.LeadsThrough(link, address) || IsNamespaceOf(link, address)))];

    // With native multipath a namespace's disk hangs on the virtual subsystem, and the subsystem links to its controllers.
    private bool IsNamespaceOf(string link, PciAddress address)
    {
        string[] parts = link.Split('/');
        int at = Array.IndexOf(parts, "nvme-subsystem");
        if (at < 0 || at + 1 >= parts.Length)
        {
            return false;
        }

        string subsystem = $"/sys/class/nvme-subsystem/{parts[at + 1]}";
        return tree.List(subsystem).Any(entry => entry.StartsWith("nvme", StringComparison.Ordinal)
            && FunctionReader.LeadsThrough(tree.ReadLink($"{subsystem}/{entry}"), address));
    }

    /// <summary>Grows the list until it holds everything that stands on its first entries.</summary>
    private void AddPartitionsAndHolders(List<string> names, List<string> found)
    {
        for (int next = 0; next < names.Count; next++)
        {
            string name = names[next];
            string directory = $"/sys/class/block/{name}";
            foreach (string entry in tree.List(directory))
            {
                if (entry.StartsWith(name, StringComparison.Ordinal) && tree.ReadText($"{directory}/{entry}/partition") is not null && !names.Contains(entry))
                {
                    names.Add(entry);
                }
            }

            foreach (string holder in tree.List($"{directory}/holders"))
            {
                found.Add($"{KindOf(holder)} on /dev/{name}");
                if (!names.Contains(holder))
                {
                    names.Add(holder);
                }
            }
        }
    }

    private string KindOf(string holder)
    {
        string directory = $"/sys/class/block/{holder}";
        if (tree.ReadText($"{directory}/md/level") is { } level)
        {
            return $"member of the RAID {holder} ({level})";
        }

        string title = tree.ReadText($"{directory}/dm/name") ?? holder;
        string uuid = tree.ReadText($"{directory}/dm/uuid") ?? string.Empty;
        return uuid.StartsWith("LVM-", StringComparison.Ordinal) ? $"LVM volume {title}"
            : uuid.StartsWith("CRYPT-", StringComparison.Ordinal) ? $"encrypted volume {title}"
            : uuid.StartsWith("mpath-", StringComparison.Ordinal) ? $"multipath volume {title}"
            : $"{title} ({holder})";
    }

    // id parent major:minor root mount-point options [optional fields] - type source super-options. Init's mounts count as well as ours.
    private void AddMounts(List<string> names, HashSet<string> numbers, List<string> found)
    {
        foreach (string file in new[] { "/proc/self/mountinfo", "/proc/1/mountinfo" })
        {
            foreach (string line in (tree.ReadText(file) ?? string.Empty).Split('\n'))
            {
                string[] fields = line.Split(' ');
                int dash = Array.IndexOf(fields, "-");
                if (fields.Length < 6 || dash < 0)
                {
                    continue;
                }

                // btrfs and others have a number of their own in the third field; the source then names the disk.
                string? source = dash + 2 < fields.Length ? fields[dash + 2] : null;
                if (numbers.Contains(fields[2]) || IsOneOf(source, names, numbers))
                {
                    found.Add($"mounted file system {Unescape(fields[4])} (on {source ?? fields[2]})");
                }
            }
        }
    }

    private void AddSwap(HashSet<string> numbers, List<string> found)
    {
        foreach (string line in (tree.ReadText("/proc/swaps") ?? string.Empty).Split('\n').Skip(1))
        {
            string path = Unescape(line.Split([' ', '\t'], 2)[0]);
            if (IsOneOf(path, [], numbers))
            {
                found.Add($"swap {path}");
            }
        }
    }

    // A btrfs of several disks shows one of them as its source.
    private void AddBtrfs(List<string> names, List<string> found)
    {
        const string root = "/sys/fs/btrfs";
        foreach (string id in tree.List(root))
        {
            foreach (string name in tree.List($"{root}/{id}/devices").Where(names.Contains))
            {
                found.Add($"mounted btrfs {id} on /dev/{name}");
            }
        }
    }

    private bool IsOneOf(string? path, List<string> names, HashSet<string> numbers)
    {
        if (path is null || !path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return false;
        }

        return names.Contains(path["/dev/".Length..])
            || (tree.TryStat(path, out Uapi.FileStatus status) && (status.Mode & 0xF000) == 0x6000
                && numbers.Contains(string.Create(CultureInfo.InvariantCulture, $"{status.NodeMajor}:{status.NodeMinor}")));
    }

    // The kernel writes space, tab, newline and backslash as octal.
    private static string Unescape(string text)
        => text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
            .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}
