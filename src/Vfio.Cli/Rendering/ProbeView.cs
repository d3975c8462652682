using System.Globalization;
using Spectre.Console;
using Vfio.Cli.Probing;

namespace Vfio.Cli.Rendering;

/// <summary>`vfio probe`: a block a device, what was left alone, and the sum.</summary>
internal sealed class ProbeView(IAnsiConsole screen, Echo echo)
{
    private const int ListedWithoutDriver = 12;

    public void Show(ProbeReport report)
    {
        PciFunction function = report.Facts.Function;
        Paragraph title = new();
        title.Append($"{function.Address}  {DeviceName.WithIds(function)}", Look.Title);
        title.Append("\n");
        screen.Write(title);
        FactSheet sheet = new();
        if (report.Opened is { } opened)
        {
            AddOpened(sheet, report, opened);
        }
        else if (report.Plan.RefusedByPolicy)
        {
            sheet.Add("refused", Reason(report), Look.Doubtful);
        }
        else
        {
            sheet.Add("not opened", Reason(report), Look.Bad);
        }

        screen.Write(sheet.Content);
        screen.WriteLine();
    }

    /// <summary>What could be bound, and how: an address and its driver on a line.</summary>
    public void ShowNotBound(IReadOnlyList<DeviceFacts> machine)
    {
        if (machine.Count == 0)
        {
            return;
        }

        screen.Write(new Text("Left alone: not bound to vfio-pci\n", Look.Title));
        Table table = new() { ShowHeaders = false, Border = TableBorder.None };
        table.AddColumn(new TableColumn(string.Empty) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        table.AddColumn(new TableColumn(string.Empty) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        table.AddColumn(new TableColumn(string.Empty) { Padding = new Padding(0, 0, 0, 0) });
        foreach (DeviceFacts facts in machine.Take(ListedWithoutDriver))
        {
            table.AddRow(
                new Text($"  {facts.Function.Address}"),
                new Text(DeviceName.WithIds(facts.Function)),
                new Text(facts.Function.GroupId is null ? "no IOMMU covers it" : facts.Function.Driver is { } driver ? $"held by {driver}" : "no driver"));
        }

        screen.Write(table);
        if (machine.Count > ListedWithoutDriver)
        {
            Line($"  and {machine.Count - ListedWithoutDriver} more: {echo.Command("ls")}");
        }

        screen.WriteLine();
        Line($"What one needs: {echo.Command("explain ADDRESS")}");
        Line(echo.IsSoft
            ? "A soft machine lasts one command: to hand one over, give it the driver vfio-pci in a topology file (docs/topology.md) and use --soft FILE."
            : $"To hand one over: {echo.Command("bind ADDRESS")}");
        screen.WriteLine();
    }

    public void ShowSummary(IReadOnlyList<ProbeReport> reports)
    {
        if (reports.Count == 0)
        {
            Line("Nothing was probed: no function is bound to vfio-pci.");
            return;
        }

        int opened = reports.Count(r => r.Opened is not null);
        int verified = reports.Count(r => r.Opened?.Dma.Outcome == CheckOutcome.Passed);
        int failed = reports.Count(r => r.Opened is not null && !r.Ok);
        string text = string.Create(CultureInfo.InvariantCulture, $"{opened} of {reports.Count} opened; DMA verified on {verified}");
        screen.Write(failed == 0
            ? new Text(text + ".\n", verified == reports.Count ? Look.Good : Look.Plain)
            : new Text(string.Create(CultureInfo.InvariantCulture, $"{text}; {failed} failed a check.\n"), Look.Bad));
    }

    /// <summary>What the plan foresaw needs no call and errno around it.</summary>
    private static string Reason(ProbeReport report)
        => report.Plan is { Interface: null, Problem: { } problem } ? $"{problem.Message} {problem.Advice}" : report.Failure?.Message ?? "no reason is known";

    private static void AddOpened(FactSheet sheet, ProbeReport report, OpenedReport opened)
    {
        FunctionNodes nodes = report.Facts.Function.Nodes;
        string? path = (opened.Interface == VfioInterface.Device ? nodes.Device : nodes.Group)?.Path;
        sheet.Add("opened by", path is null ? Look.Name(opened.Interface) : $"{Look.Name(opened.Interface)} {path}");
        // The plan's last reason is the verdict of the next line.
        sheet.Add("because", report.Plan.Reasons.Take(report.Plan.Reasons.Count - 1));
        sheet.Add("coherency", Look.Name(opened.Coherency.Verdict), Look.Of(opened.Coherency.Verdict), ": " + opened.Coherency.Evidence);
        sheet.Add("regions", string.Join(", ", opened.Regions.Select(r => $"{r.Name} {FunctionText.Bytes(r.Size)} ({r.Access})")));
        sheet.Add("interrupts", opened.Interrupts.Count == 0 ? "none" : string.Join(", ", opened.Interrupts));
        sheet.Add("capabilities", opened.Capabilities.Count == 0 ? "none" : string.Join(", ", opened.Capabilities));
        sheet.Add("IOVA", string.Join(", ", opened.IovaRanges));
        Add(sheet, opened.Checks.Identity);
        Add(sheet, opened.Dma);
        Add(sheet, opened.Interrupt);
        if (report.Failure is { } failure)
        {
            sheet.Add("broke off", failure.Message, Look.Bad);
        }
    }

    private static void Add(FactSheet sheet, Check check)
    {
        (string verdict, Style style) = check.Outcome switch
        {
            CheckOutcome.Passed => ("ok", Look.Good),
            CheckOutcome.Failed => ("FAILED", Look.Bad),
            _ => ("not done", Look.Doubtful),
        };
        sheet.Add(check.Name, verdict, style, ": " + check.Detail);
    }

    private void Line(string text) => screen.Write(new Text(text + "\n"));
}
