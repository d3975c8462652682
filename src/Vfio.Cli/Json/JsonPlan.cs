namespace Vfio.Cli.Json;

/// <summary>How a function would be opened, and why.</summary>
internal sealed record JsonPlan(
    string? Interface, IReadOnlyList<string> Reasons, IReadOnlyList<JsonRuledOut> RuledOut, string? Warning, bool RefusedByPolicy, JsonProblem? Problem)
{
    public static JsonPlan Of(InterfacePlan plan) => new(
        plan.Interface is { } chosen ? Name(chosen) : null,
        plan.Reasons,
        [.. plan.RuledOut.Select(r => new JsonRuledOut(Name(r.Interface), r.Reason))],
        plan.Warning,
        plan.RefusedByPolicy,
        plan.Problem is { } problem ? new(problem.Errno.ToString(), problem.Message, problem.Advice) : null);

    public static string Name(VfioInterface value) => value == VfioInterface.Device ? "device" : "group";
}
