using System.Globalization;
using Vfio.Scenarios;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;

namespace Vfio.Lanes.Tests;

/// <summary>Every scenario on the soft kernel, in this process, each on a machine of its own.</summary>
public sealed class SoftLane
{
    /// <summary>The release the soft kernel answers as.</summary>
    internal const string Release = "7.2.13";

    /// <summary>MiB that each scenario moves that moves data, in every lane: VFIO_MOVE_MIB.</summary>
    internal static int Move { get; } = int.TryParse(Environment.GetEnvironmentVariable("VFIO_MOVE_MIB"), CultureInfo.InvariantCulture, out int move) && move > 0 ? move : ScenarioRunner.DefaultMove;

    /// <summary>Each machine with each scenario.</summary>
    public static TheoryData<string, string> Rows()
    {
        TheoryData<string, string> rows = [];
        foreach (string machine in Machine.Names)
        {
            foreach (Scenario scenario in ScenarioSet.All)
            {
                rows.Add(machine, scenario.Name);
            }
        }

        return rows;
    }

    /// <summary>One row.</summary>
    [Theory]
    [MemberData(nameof(Rows))]
    public void The_soft_kernel_answers_as_the_scenario_says(string machine, string scenario)
    {
        ScenarioResult result = Run(machine, scenario);

        // Nothing is missing here: a scenario that skips has met a soft kernel that lacks a call.
        Assert.True(result.Outcome == ScenarioOutcome.Passed, $"{result.Outcome}: {result.Detail}");
        TestContext.Current.TestOutputHelper?.WriteLine(result.Detail);
    }

    internal static ScenarioResult Run(string machine, string scenario)
    {
        Machine measured = Machine.Find(machine, Release)!;
        using SoftMachine soft = new(measured.Topology, VfioHost.Local.Calls);
        return ScenarioRunner.Run(ScenarioSet.All.Single(s => s.Name == scenario), new SoftSystemCalls(soft), measured, Move);
    }
}
