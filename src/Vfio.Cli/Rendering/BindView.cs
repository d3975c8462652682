using Spectre.Console;

namespace Vfio.Cli.Rendering;

/// <summary>What `vfio bind` and `vfio unbind` did, and what comes next.</summary>
internal sealed class BindView(IAnsiConsole screen, Echo echo)
{
    public void ShowBound(DeviceFacts facts, string? before, DevicePolicy policy)
    {
        PciFunction function = facts.Function;
        Line(before == function.Driver ? $"{function.Address}: bound to {before} already" : $"{function.Address}: {before ?? "no driver"} -> {function.Driver ?? "no driver"}");
        foreach (string node in FunctionText.Nodes(function.Nodes))
        {
            Line($"  {node}");
        }

        InterfacePlan plan = InterfacePlan.Decide(facts, policy);
        if (plan.Problem is { } problem)
        {
            Line($"It cannot be opened yet: {problem.Message}");
            Line(problem.Advice);
        }
        else
        {
            Line(echo.IsSoft ? "It can be opened. This soft machine ends here." : $"Next: {echo.Command("probe", function.Address)}");
        }
    }

    public void ShowUnbound(PciFunction function, string? before)
    {
        Line($"{function.Address}: {before ?? "no driver"} -> {function.Driver ?? "no driver"}");
        if (function.Driver is null)
        {
            Line("The kernel has no other driver for it, or is still loading one.");
        }
    }

    private void Line(string text) => screen.Write(new Text(text + "\n"));
}
