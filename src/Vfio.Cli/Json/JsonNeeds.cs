namespace Vfio.Cli.Json;

/// <summary>What opening asks of the machine. A memlock limit of null is none.</summary>
internal sealed record JsonNeeds(ulong? MemlockLimit, IReadOnlyList<string> Privileges, IReadOnlyList<string> ToBind)
{
    public static JsonNeeds Of(PlanNeeds needs) => new(needs.MemlockLimit, needs.Privileges, [.. needs.ToBind.Select(a => a.ToString())]);
}
