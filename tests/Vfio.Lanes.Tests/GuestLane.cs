using System.Text.Json;
using Vfio.Scenarios;

namespace Vfio.Lanes.Tests;

/// <summary>The same scenarios, and the command, on real Linux in QEMU: four IOMMUs, two kernels, by node and by group.</summary>
/// <param name="guests">The boots.</param>
public sealed class GuestLane(GuestLaneFixture guests) : IClassFixture<GuestLaneFixture>
{
    /// <summary>Each machine on each kernel.</summary>
    public static TheoryData<string, string> Boots()
    {
        TheoryData<string, string> rows = [];
        foreach (string kernel in GuestLaneFixture.Kernels)
        {
            foreach (string machine in Machine.Names)
            {
                rows.Add(machine, kernel);
            }
        }

        return rows;
    }

    /// <summary>Each machine on each kernel with each scenario.</summary>
    public static TheoryData<string, string, string> ScenarioRows() => Rows(ScenarioSet.All.Select(s => s.Name));

    /// <summary>Each machine on each kernel by each interface.</summary>
    public static TheoryData<string, string, string> ProbeRows() => Rows(["device", "group"]);

    /// <summary>Each machine on the reference kernel with each scenario.</summary>
    public static TheoryData<string, string> ComparedRows() => SoftLane.Rows();

    /// <summary>One scenario on one boot.</summary>
    [Theory]
    [MemberData(nameof(ScenarioRows))]
    public async Task Linux_answers_as_the_scenario_says(string machine, string kernel, string scenario)
    {
        GuestRun run = await guests.RunAsync(machine, kernel);
        ScenarioResult? result = run.Scenario(scenario);
        Assert.True(result is not null, $"no line for '{scenario}':\n{run.Everything}");

        // The kernel that is the reference lacks nothing; only an older one may.
        Assert.SkipWhen(result.Outcome == ScenarioOutcome.Skipped && kernel != SoftLane.Release, $"guest lane: {result.Detail}");
        Assert.True(result.Outcome == ScenarioOutcome.Passed, result.Detail);
    }

    /// <summary>What a scenario saw is what the soft kernel shows it, to the word.</summary>
    [Theory]
    [MemberData(nameof(ComparedRows))]
    public async Task The_soft_kernel_shows_what_Linux_shows(string machine, string scenario)
    {
        GuestRun run = await guests.RunAsync(machine, SoftLane.Release);
        ScenarioResult linux = Assert.IsType<ScenarioResult>(run.Scenario(scenario));
        Assert.Equal(linux, SoftLane.Run(machine, scenario));
    }

    /// <summary>The command drives the device: DMA both ways, an interrupt, the measured verdict.</summary>
    [Theory]
    [MemberData(nameof(ProbeRows))]
    public async Task Probe_does_a_DMA_and_takes_an_interrupt(string machine, string kernel, string @interface)
    {
        GuestRun run = await guests.RunAsync(machine, kernel);
        string section = $"probe-{@interface}";
        Assert.True(run.ExitCode(section) == 0, string.Join('\n', run.Lines(section)));
        AssertProbed(Json(run, section), Machine.Find(machine, kernel)!, @interface);
    }

    /// <summary>A probe killed in the middle of a DMA leaves nothing behind: the next one opens the device and drives it.</summary>
    [Theory]
    [MemberData(nameof(Boots))]
    public async Task After_a_kill_in_mid_DMA_the_next_probe_works(string machine, string kernel)
    {
        GuestRun run = await guests.RunAsync(machine, kernel);
        foreach (string section in (string[])["killed", "killed-later"])
        {
            Assert.True(run.ExitCode(section) == 0, string.Join('\n', run.Lines(section)));
            AssertProbed(Json(run, section), Machine.Find(machine, kernel)!, "device");
        }
    }

    /// <summary>Opening by the library is the same system calls as opening by hand, and takes about as long; the time is reported, not asserted.</summary>
    [Fact]
    public async Task Open_to_first_register_makes_the_calls_that_C_makes()
    {
        GuestRun run = await guests.MeasureAsync();
        Assert.True(run.ExitCode("open-to-register") == 0, run.Everything);
        await File.WriteAllLinesAsync(
            Repository.At("artifacts", "lanes", "open-to-register.txt"), run.Lines("open-to-register"), TestContext.Current.CancellationToken);
        Assert.Equal(TimedCalls(run.Lines("calls-c")), TimedCalls(run.Lines("calls-library")));
    }

    /// <summary>The system calls between the marks: their names, and of an ioctl its request.</summary>
    private static string[] TimedCalls(IReadOnlyList<string> trace)
    {
        // strace -f writes "PID  call(...) = result"; of other threads' calls only those that do not end at once could stand between the marks.
        string[] calls = [.. trace.Select(line => line[(line.TakeWhile(c => char.IsAsciiDigit(c) || c == ' ').Count())..])];
        int begin = Array.FindIndex(calls, call => call.Contains("/timed-part-begins", StringComparison.Ordinal));
        int end = Array.FindIndex(calls, call => call.Contains("/timed-part-ends", StringComparison.Ordinal));
        Assert.True(begin >= 0 && end > begin, $"no marks in:\n{string.Join('\n', trace)}");
        return [.. calls[(begin + 1)..end].Select(Name)];
    }

    private static string Name(string call)
    {
        string name = call[..call.IndexOf('(', StringComparison.Ordinal)];
        return name == "ioctl" ? $"ioctl {call.Split(',')[1].Trim()}" : name;
    }

    private static JsonElement Json(GuestRun run, string section)
    {
        string text = string.Join('\n', run.Lines(section).SkipWhile(line => !line.StartsWith('{')));
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static void AssertProbed(JsonElement probe, Machine machine, string @interface)
    {
        string verdict = machine.Enforces ? "enforced" : "notEnforced";
        JsonElement opened = probe.GetProperty("opened");
        Assert.Equal(machine.Edu, probe.GetProperty("address").GetString());
        Assert.Equal(@interface, opened.GetProperty("interface").GetString());
        Assert.Equal(verdict, opened.GetProperty("coherency").GetProperty("verdict").GetString());
        Assert.NotEqual("", opened.GetProperty("coherency").GetProperty("evidence").GetString());
        Assert.True(opened.GetProperty("iovaRanges").GetArrayLength() > 0, "no IOVA ranges");
        foreach (string part in (string[])["dma", "interrupt"])
        {
            Assert.True(opened.GetProperty(part).GetProperty("done").GetBoolean(), $"{part} was not done");
            Assert.True(opened.GetProperty(part).GetProperty("ok").GetBoolean(), $"{part} was wrong");
        }

        Assert.True(opened.GetProperty("dma").GetProperty("bytes").GetInt64() > 0, "no byte was compared");
    }

    private static TheoryData<string, string, string> Rows(IEnumerable<string> last)
    {
        TheoryData<string, string, string> rows = [];
        foreach (string kernel in GuestLaneFixture.Kernels)
        {
            foreach (string machine in Machine.Names)
            {
                foreach (string value in last)
                {
                    rows.Add(machine, kernel, value);
                }
            }
        }

        return rows;
    }
}
