using System.Globalization;
using Spectre.Console;

namespace Vfio.Cli.Rendering;

/// <summary>`vfio ls`: one line a function.</summary>
internal sealed class LsView(IAnsiConsole screen, Echo echo)
{
    private const string Gap = "  ";
    private const int DeviceColumn = 1;
    private static readonly string[] Headers = ["ADDRESS", "DEVICE", "DRIVER", "GROUP", "IOMMU", "COHERENCY", "NODE"];

    public void Show(IReadOnlyList<DeviceFacts> machine)
    {
        List<(string Text, Style Style)[]> rows = [[.. Headers.Select(h => (h, Look.Label))], .. machine.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, Headers.Length).Select(column => rows.Max(r => r[column].Text.Length))];
        // What is too wide is taken from the device's name: nothing else can be guessed from its beginning.
        int spare = screen.Profile.Width - widths.Sum() - (Gap.Length * (widths.Length - 1));
        widths[DeviceColumn] = Math.Max(Headers[DeviceColumn].Length, widths[DeviceColumn] + Math.Min(0, spare));

        Paragraph lines = new();
        foreach ((string Text, Style Style)[] row in rows)
        {
            for (int column = 0; column < row.Length; column++)
            {
                lines.Append(Fit(row[column].Text, widths[column]), row[column].Style);
                lines.Append(column == row.Length - 1 ? "\n" : Gap);
            }
        }

        screen.Write(lines);
        Advise(machine);
    }

    private static (string Text, Style Style)[] Row(DeviceFacts facts)
    {
        PciFunction function = facts.Function;
        return
        [
            (ShortAddress(function.Address), Look.Plain),
            ($"{DeviceName.Ids(function)} {DeviceName.Of(function)}", Look.Plain),
            (function.Driver ?? "-", function.IsVfioBound ? Look.Good : Look.Plain),
            (function.GroupId?.ToString(CultureInfo.InvariantCulture) ?? "-", Look.Plain),
            (function.IommuName is { } iommu ? ShortName(iommu) : "-", Look.Plain),
            function.GroupId is null ? ("-", Look.Plain) : (Verdict(facts.Coherency.Verdict), Look.Of(facts.Coherency.Verdict)),
            Node(function),
        ];
    }

    /// <summary>Not enforced, in a word as long as its column: DMA marked no-snoop bypasses the caches.</summary>
    private static string Verdict(Coherency coherency) => coherency == Coherency.NotEnforced ? "no-snoop" : Look.Name(coherency);

    private static string Fit(string text, int width)
        => text.Length <= width ? text.PadRight(width) : string.Concat(text.AsSpan(0, Math.Max(0, width - 2)), "..");

    /// <summary>virtio's IOMMU is named by its own address.</summary>
    private static string ShortName(string iommu) => PciAddress.TryParse(iommu, out PciAddress address) ? ShortAddress(address) : iommu;

    /// <summary>As people write it: the domain matters on the few machines that have two. Either form is taken back.</summary>
    private static string ShortAddress(PciAddress address)
        => address.Domain == 0 ? address.ToString()[5..] : address.ToString();

    /// <summary>The node that would be opened, or what keeps it from being opened.</summary>
    private static (string Text, Style Style) Node(PciFunction function)
    {
        if (!function.IsVfioBound)
        {
            return ("-", Look.Plain);
        }

        DeviceNode? node = function.Nodes.Device is { State: not NodeState.Missing } device ? device : function.Nodes.Group;
        return node?.State switch
        {
            NodeState.Ready => (Name(node.Path), Look.Good),
            NodeState.NoAccess => ("no access", Look.Bad),
            NodeState.Wrong => ("wrong", Look.Bad),
            _ => ("missing", Look.Bad),
        };
    }

    private static string Name(string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        return name.StartsWith("vfio", StringComparison.Ordinal) ? name : $"group {name}";
    }

    private void Advise(IReadOnlyList<DeviceFacts> machine)
    {
        int bound = machine.Count(f => f.Function.IsVfioBound);
        screen.WriteLine();
        string text = bound switch
        {
            0 => $"No function is bound to vfio-pci. {echo.Command("explain ADDRESS")} says what each needs.",
            _ => $"{bound} of {machine.Count} functions are bound to vfio-pci. Next: {echo.Command("probe")}",
        };
        screen.Write(new Text(text + "\n"));
        if (machine.Any(f => f.Coherency.Verdict == Coherency.NotEnforced))
        {
            screen.Write(new Text("no-snoop: the IOMMU does not force DMA to be coherent (docs/coherency.md)\n"));
        }
    }
}
