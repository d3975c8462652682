using System.Globalization;
using Spectre.Console;

namespace Vfio.Cli.Rendering;

/// <summary>`vfio explain`: the facts, the plan with its reasons, what it needs, and the next step.</summary>
internal sealed class ExplainView(IAnsiConsole screen, Echo echo)
{
    public void Show(InterfacePlan plan)
    {
        DeviceFacts facts = plan.Facts;
        PciFunction function = facts.Function;
        Title($"{function.Address}  {DeviceName.WithIds(function)}");

        FactSheet sheet = new FactSheet()
            .Add("class", string.Create(CultureInfo.InvariantCulture, $"{function.ClassCode:x6} ({DeviceName.OfClass(function)})"))
            .Add("driver", function.Driver ?? "none")
            .Add("group", FunctionText.Group(facts))
            .Add("IOMMU", FunctionText.Iommu(facts))
            .Add("nodes", FunctionText.Nodes(function.Nodes))
            .Add("coherency", Look.Name(facts.Coherency.Verdict), Look.Of(facts.Coherency.Verdict), ": " + facts.Coherency.Evidence);
        screen.Write(sheet.Content);

        screen.WriteLine();
        Title(plan switch
        {
            { Interface: { } chosen } => $"Plan: open it by {Look.Name(chosen)}",
            { RefusedByPolicy: true } => "Plan: refused by the policy",
            _ => "Plan: it cannot be opened now",
        });
        FactSheet why = new();
        if (plan.Problem is { } problem)
        {
            why.Add("problem", problem.Message, Look.Bad, $" ({problem.Errno})");
            why.Add("mend it", problem.Advice);
        }

        // What is the problem itself is said once.
        string[] reasons = [.. plan.Reasons.Where(reason => reason != plan.Problem?.Message)];
        why.Add("because", reasons.Length == 1 ? reasons : reasons.Select((reason, i) => string.Create(CultureInfo.InvariantCulture, $"{i + 1}. {reason}")));

        // One reason for both interfaces is said once, and not at all where it is the problem itself.
        foreach (IGrouping<string, RuledOut> ruledOut in plan.RuledOut.Where(r => r.Reason != plan.Problem?.Message).GroupBy(r => r.Reason))
        {
            why.Add("not by", string.Join(" or ", ruledOut.Select(r => Look.Name(r.Interface))), Look.Doubtful, ": " + ruledOut.Key);
        }

        if (plan.Warning is { } warning)
        {
            why.Add("warning", warning, Look.Doubtful);
        }

        why.Add("needs", FunctionText.Needs(plan.Needs));
        why.Add("next", Next(plan));
        screen.Write(why.Content);
    }

    private void Title(string text) => screen.Write(new Text(text + "\n", Look.Title));

    private string Next(InterfacePlan plan) => plan switch
    {
        { Interface: not null } => echo.Command("probe", plan.Facts.Function.Address),
        { RefusedByPolicy: true } => "another --interface or --non-coherent (docs/coherency.md)",
        { Needs.ToBind: [PciAddress first, ..], Facts.IommuStatus: IommuStatus.Active } => echo.Command("bind", first),
        _ => "see \"mend it\", then explain it again",
    };
}
