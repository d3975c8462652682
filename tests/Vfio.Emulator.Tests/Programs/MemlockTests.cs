namespace Vfio.Emulator.Tests.Programs;

/// <summary>What memory for DMA is held against.</summary>
public sealed class MemlockTests
{
    [Theory]
    [InlineData("ulimit -l 0; exec \"$@\"", "", "ATTACH: ENOMEM")]
    [InlineData("exec \"$@\"", "--memlock=4095", "ATTACH: ENOMEM")]
    [InlineData("ulimit -l 0; exec \"$@\"", "--memlock=4096", "ATTACH: ok")]
    [InlineData("ulimit -l 0; exec \"$@\"", "--memlock=unlimited", "ATTACH: ok")]
    public void An_ordinary_users_memory_is_held_against_his_limit_or_what_the_command_says(string limit, string option, string line)
    {
        EmulatedRun.SkipWhereNoneRuns();
        string program = CProgram.Build("first_steps");
        string vfio = Path.Combine(AppContext.BaseDirectory, "Vfio.Cli");
        OrdinaryUser.SkipUnlessReached(vfio);
        string[] options = option.Length == 0 ? [] : [option];
        EmulatedRun run = OrdinaryUser.Run(["sh", "-c", limit, "sh", vfio, "emulate", "--topology", "q35-intel", .. options, "--", program]);
        Assert.Equal("", run.Errors);
        Assert.Contains(line, run.Output.Split('\n'));
    }
}
