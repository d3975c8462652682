namespace Vfio.Emulator.Tests.Programs;

/// <summary>tests/c/walk makes every call of the catalogue from C, with good arguments and bad ones: it prints what it printed on real Linux 7.2.13.</summary>
public sealed class WalkTests
{
    /// <summary>The machines that both are.</summary>
    public static TheoryData<string> Machines() => ["q35-amd", "q35-intel", "q35-intel-nosnoop", "q35-virtio"];

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_C_program_prints_the_same_as_on_real_Linux(string machine)
    {
        string[] linux = Recorded(machine);
        EmulatedRun run = EmulatedRun.Of(machine, CProgram.Build("walk"));
        Assert.True(run is { Status: 0, Errors: "" }, $"{run.Status}: {run.Errors}");
        string[] emulated = run.Output.TrimEnd('\n').Split('\n');
        Assert.True(linux.Length == emulated.Length, $"{linux.Length} lines on Linux, {emulated.Length} here; the first that differs: {linux.Zip(emulated).FirstOrDefault(static pair => pair.First != pair.Second && WalkDifference.Of(pair.First, pair.Second) is null)}");
        string[] others =
        [
            .. linux.Zip(emulated)
                .Where(static pair => pair.First != pair.Second && WalkDifference.Of(pair.First, pair.Second) is null)
                .Select(static pair => $"Linux:    {pair.First}\nemulated: {pair.Second}"),
        ];
        Assert.True(others.Length == 0, $"{others.Length} lines differ:\n{string.Join('\n', others)}");

        // What is listed and no more so would hide another difference one day.
        Assert.Empty(WalkDifference.All.Where(known => !linux.Zip(emulated).Any(pair => pair.First != pair.Second && WalkDifference.Of(pair.First, pair.Second) == known)).Select(static known => known.Row));
    }

    [Fact]
    public void Each_difference_that_is_let_pass_is_written_down()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(CProgram.Root(), "docs", "differences.md")).Where(static line => line.StartsWith("| ", StringComparison.Ordinal)).Select(static line => line.Split('|')[1].Trim())];
        Assert.Empty(WalkDifference.All.Select(static known => known.Row).Except(rows));
    }

    private static string[] Recorded(string machine) => File.ReadAllLines(Path.Combine(CProgram.Root(), "tests", "c", "walk", "recorded", $"{machine}.txt"));
}
