namespace Vfio.Lanes.Tests;

/// <summary>What eng/generate-sequences keeps of a run, with a guest that only prints.</summary>
public sealed class GenerateSequencesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("generate-sequences").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_run_without_a_difference_leaves_no_folder()
    {
        Command run = await RunAsync("calls done: 3", 0);
        Assert.Equal((0, "calls done: 3\n"), (run.ExitCode, run.Output));
        Assert.Empty(Directory.GetDirectories(_root, "found"));
    }

    [Fact]
    public async Task A_difference_is_kept_by_its_name()
    {
        Command run = await RunAsync("@found IOAS map 3\nopen iommufd\n@end\nrest", 1);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal("open iommufd\n", File.ReadAllText(Path.Combine(_root, "found", "ioas-map-3.uapi")));
    }

    private async Task<Command> RunAsync(string printed, int status)
    {
        string eng = Directory.CreateDirectory(Path.Combine(_root, "eng")).FullName;
        string script = Path.Combine(eng, "generate-sequences");
        File.Copy(Repository.At("eng", "generate-sequences"), script);
        string guest = Path.Combine(eng, "guest");
        File.WriteAllText(guest, $"#!/bin/sh\ncat << 'end'\n{printed}\nend\nexit {status}\n");
        File.SetUnixFileMode(guest, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return await Command.RunAsync("bash", [script, "--out", Path.Combine(_root, "found"), "--program", "none"], 30);
    }
}
