using System.Text.Json;
using System.Text.Json.Nodes;
using Vfio.Emulator.Tests.Programs;
using Vfio.Scenarios;
using Vfio.SoftKernel.Topology;

namespace Vfio.Lanes.Tests;

/// <summary>The same scenarios by real system calls: their executable, which knows of no soft kernel, under `vfio emulate`.</summary>
/// <param name="runs">The runs, one a machine.</param>
/// <remarks>A queue's read() and write() are not trapped (docs/differences.md): what three scenarios see of it is <see cref="s_differences"/>, and no more than that.</remarks>
public sealed class EmulatedLane(EmulatedLane.Runs runs) : IClassFixture<EmulatedLane.Runs>
{
    private static readonly Dictionary<string, Func<string, ScenarioResult>> s_differences = new()
    {
        // Answers of 8 bytes are taken unseen, and events leave the queue before it is full.
        ["a fault queue"] = static seen => NotTold("a fault queue", seen, "an answer to nothing is 0, not EINVAL"),
        ["page faults of a mock device"] = static seen
            => NotTold("page faults of a mock device", seen, "a group answered twice is 0, not EINVAL; a group whose device has left is 0, not EINVAL"),
        ["a virtual IOMMU before a mock device"] = static seen
            => new(ScenarioOutcome.Passed, "a virtual IOMMU before a mock device", seen.Replace("event 4 lost", "event 3; event 4", StringComparison.Ordinal)),
    };

    /// <summary>Each machine.</summary>
    public static TheoryData<string> Machines() => [.. Machine.Names];

    /// <summary>Each machine with each scenario.</summary>
    public static TheoryData<string, string> Rows() => SoftLane.Rows();

    /// <summary>What a scenario saw is what it sees in-process, to the word.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void A_scenario_sees_the_same_by_real_system_calls(string machine, string scenario)
    {
        EmulatedRun run = runs.Of(machine);
        ScenarioResult? emulated = run.Output.Split('\n').Select(static line => ScenarioResult.TryParse(line, out ScenarioResult? result) ? result : null)
            .FirstOrDefault(result => result?.Name == scenario);
        Assert.True(emulated is not null, $"no line for '{scenario}':\n{run.Output}\n{run.Errors}");
        ScenarioResult soft = SoftLane.Run(machine, scenario);
        Assert.Equal(s_differences.TryGetValue(scenario, out Func<string, ScenarioResult>? difference) ? difference(soft.Detail) : soft, emulated);
    }

    /// <summary>Every scenario came to its end, and nothing was complained of.</summary>
    [Theory]
    [MemberData(nameof(Machines))]
    public void A_run_is_whole(string machine)
    {
        EmulatedRun run = runs.Of(machine);
        const int NotTold = 2;
        Assert.Equal((1, ""), (run.Status, run.Errors));
        Assert.EndsWith($"\n{ScenarioSet.All.Count - NotTold} passed, {NotTold} failed, 0 skipped\n", run.Output, StringComparison.Ordinal);
    }

    private static ScenarioResult NotTold(string scenario, string seen, string what)
        => new(ScenarioOutcome.Failed, scenario, $"{what} (seen before: {seen[..seen.LastIndexOf("; ", StringComparison.Ordinal)]})");

    /// <summary>Each machine's run, made when a test first asks for it.</summary>
    public sealed class Runs
    {
        private readonly Dictionary<string, Lazy<EmulatedRun>> _runs =
            Machine.Names.ToDictionary(static machine => machine, static machine => new Lazy<EmulatedRun>(() => Run(machine)));

        internal EmulatedRun Of(string machine)
        {
            EmulatedRun.SkipWhereNoneRuns();
            return _runs[machine].Value;
        }

        private static EmulatedRun Run(string machine)
        {
            string topology = Path.Combine(Path.GetTempPath(), $"vfio-{Environment.ProcessId}-{machine}.json");
            File.WriteAllText(topology, Topology(machine));
            try
            {
                string scenarios = Path.Combine(AppContext.BaseDirectory, "Vfio.Scenarios");
                return EmulatedRun.Run(EmulatedRun.Command, ["emulate", "--topology", topology, "--", scenarios, "--machine", machine, "--move", $"{SoftLane.Move}"], minutes: 5 + (SoftLane.Move / 64));
            }
            finally
            {
                File.Delete(topology);
            }
        }

        // As Machine.Topology has it: with mock devices, as the guest's kernel was built.
        private static string Topology(string machine)
        {
            using Stream builtIn = typeof(SoftTopologies).Assembly.GetManifestResourceStream($"{machine}.json")!;
            JsonNode topology = JsonNode.Parse(builtIn, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
            topology["kernel"]!["iommufdTest"] = true;
            return topology.ToJsonString();
        }
    }
}
