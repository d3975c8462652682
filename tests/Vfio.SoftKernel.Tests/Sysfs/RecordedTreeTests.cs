using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>The tree against what eng/record-tree printed in the guest of the same shape, edu bound to vfio-pci.</summary>
public sealed class RecordedTreeTests
{
    // Of the guest's kernel alone: its test IOMMU is there for transcripts.
    private const string TestIommu = "/iommufd_selftest_iommu.0";

    public static TheoryData<string> Names => ["q35-intel", "q35-intel-nosnoop", "q35-amd", "q35-virtio"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_recorded_file_is_there_with_its_type_mode_and_content(string name)
    {
        using var machine = new Machine(name);
        var differences = new List<string>();
        int served = 0;
        foreach (Entry entry in Recorded(name).Where(entry => !IsLeftOut(entry.Path)))
        {
            served++;
            string found = Describe(machine, entry.Path);
            if (found != entry.Text)
            {
                differences.Add($"{entry.Path}\n  guest: {entry.Text}\n  soft:  {found}");
            }
        }

        Assert.True(served > 200, $"only {served} entries were compared");
        Assert.True(differences.Count == 0, $"{differences.Count} of {served} differ:\n{string.Join('\n', differences.Take(40))}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_there_that_the_guest_does_not_have(string name)
    {
        using var machine = new Machine(name);
        HashSet<string> recorded = [.. Recorded(name).Select(entry => entry.Path)];
        var more = new List<string>();
        foreach (string root in new[] { "/sys/bus/pci", "/sys/class/iommu", "/sys/class/vfio", "/sys/class/vfio-dev", "/sys/kernel/iommu_groups", "/sys/devices", "/dev", "/sys/module" })
        {
            Walk(machine, root, path =>
            {
                if (!recorded.Contains(path) && !IsOutsideTheRecording(path))
                {
                    more.Add(path);
                }
            });
        }

        Assert.True(more.Count == 0, string.Join('\n', more));
    }

    private static bool IsLeftOut(string path) => path.EndsWith(TestIommu, StringComparison.Ordinal);

    // Ancestors of what the recorder listed, and what drivers make, which it leaves out.
    private static bool IsOutsideTheRecording(string path)
        => path is "/sys/devices" or "/sys/module" or "/dev" or "/sys/devices/virtual" or "/sys/devices/virtual/misc" or "/sys/devices/pci0000:00" || path.Contains(":00:02.0/nvme", StringComparison.Ordinal)
            || path.Contains(":00:03.0/nvme", StringComparison.Ordinal);

    private static IEnumerable<Entry> Recorded(string name)
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Recorded", $"{name}.tsv")))
        {
            string[] fields = line.Split('\t', 4);
            yield return new Entry(fields[0], $"{fields[1]} {fields[2]} {fields[3]}");
        }
    }

    private static string Describe(Machine machine, string path)
    {
        if (machine.Link(path) is { } target)
        {
            return $"l 777 {target}";
        }

        int error = machine.Calls.Stat(path, out FileStatus status);
        if (error < 0)
        {
            return Machine.Errors(error);
        }

        string mode = Convert.ToString(status.Mode & 0xfff, 8);
        if (status.IsDirectory)
        {
            return $"d {mode} ";
        }

        bool isBlock = (status.Mode & 0xf000) == 0x6000;
        return isBlock || status.IsCharacterDevice
            ? string.Create(CultureInfo.InvariantCulture, $"{(isBlock ? 'b' : 'c')} {mode} {status.NodeMajor}:{status.NodeMinor}")
            : $"f {mode} {Content(machine, path, status)}";
    }

    private static string Content(Machine machine, string path, FileStatus status)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        if (file.StartsWith("resource", StringComparison.Ordinal) && file.Length > 8 && char.IsAsciiDigit(file[8]))
        {
            return string.Create(CultureInfo.InvariantCulture, $"size:{status.Size}");
        }

        if ((status.Mode & 0x124) == 0)
        {
            return "";
        }

        byte[] bytes = machine.ReadBytes(path);
        return file == "config" || path.Contains("/acpi/tables/", StringComparison.Ordinal)
            ? "hex:" + Convert.ToHexStringLower(bytes)
            : Encoding.UTF8.GetString(bytes).Replace("\t", "\\t", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
    }

    private static void Walk(Machine machine, string directory, Action<string> visit)
    {
        visit(directory);
        foreach (string name in machine.List(directory))
        {
            string path = $"{directory}/{name}";
            if (machine.Link(path) is null && machine.Calls.Stat(path, out FileStatus status) == 0 && status.IsDirectory)
            {
                Walk(machine, path, visit);
            }
            else
            {
                visit(path);
            }
        }
    }

    private sealed record Entry(string Path, string Text);
}
