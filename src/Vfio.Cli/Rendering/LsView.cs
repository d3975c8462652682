using System.Globalization;
using Spectre.Console;

namespace Vfio.Cli.Rendering;

/// <summary>`vfio ls`: one line a function.</summary>
internal sealed class LsView(IAnsiConsole screen, Echo echo)
{
    public void Show(IReadOnlyList<DeviceFacts> machine)
    {
        Table table = new Table { ShowHeaders = true, Border = TableBorder.None, UseSafeBorder = true };
        foreach (string header in (string[])["ADDRESS", "DEVICE", "DRIVER", "GROUP", "IOMMU", "COHERENCY", "NODE"])
        {
            table.AddColumn(new TableColumn(new Text(header, Look.Label)) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        }

        table.Columns[^1].Padding = new Padding(0, 0, 0, 0);
        foreach (DeviceFacts facts in machine)
        {
            PciFunction function = facts.Function;
            table.AddRow(
                new Text(ShortAddress(function.Address)),
                new Text(DeviceName.WithIds(function)) { Overflow = Overflow.Ellipsis },
                new Text(function.Driver ?? "-", function.IsVfioBound ? Look.Good : Look.Plain),
                new Text(function.GroupId?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                new Text(function.IommuName ?? "-"),
                function.GroupId is null
                    ? new Text("-")
                    : new Text(Look.Name(facts.Coherency.Verdict), Look.Of(facts.Coherency.Verdict)),
                Node(function));
        }

        screen.Write(table);
        Advise(machine);
    }

    /// <summary>As people write it: the domain matters on the few machines that have two. Either form is taken back.</summary>
    private static string ShortAddress(PciAddress address)
        => address.Domain == 0 ? address.ToString()[5..] : address.ToString();

    /// <summary>The node that would be opened, or what keeps it from being opened.</summary>
    private static Text Node(PciFunction function)
    {
        if (!function.IsVfioBound)
        {
            return new("-");
        }

        DeviceNode? node = function.Nodes.Device is { State: not NodeState.Missing } device ? device : function.Nodes.Group;
        return node?.State switch
        {
            NodeState.Ready => new(Name(node.Path), Look.Good),
            NodeState.NoAccess => new("no access", Look.Bad),
            NodeState.Wrong => new("wrong", Look.Bad),
            _ => new("missing", Look.Bad),
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
    }
}
