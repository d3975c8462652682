namespace Vfio.Lanes.Tests;

/// <summary>What is recorded of tests/c/walk, which the emulator is held to, is what real Linux prints today.</summary>
public sealed class WalkGuestLane
{
    /// <summary>The machines it is recorded on.</summary>
    public static TheoryData<string> Machines() => ["q35-amd", "q35-intel", "q35-intel-nosnoop", "q35-virtio"];

    /// <summary>Line by line.</summary>
    [Theory]
    [MemberData(nameof(Machines))]
    public async Task Linux_prints_what_is_recorded(string machine)
    {
        Command tools = await Command.RunAsync("sh", ["-c", "for tool in gcc make; do command -v $tool > /dev/null || echo $tool not found; done"], 10);
        Assert.SkipWhen(tools.Output.Length > 0, $"guest lane: {tools.Output.Trim()}");
        Command needs = await Command.RunAsync(Repository.At("eng", "guest"), ["--needs"], 60);
        Assert.SkipUnless(needs.ExitCode == 0, $"guest lane: {needs.Output.Trim()}");
        Command check = await Command.RunAsync(Repository.At("eng", "record-walk"), ["--check", "-m", machine], 300);
        Assert.True(check.ExitCode == 0, $"{check.Output}\n{check.Errors}");
    }
}
