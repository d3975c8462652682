namespace Vfio.Lanes.Tests;

/// <summary>Vfio.Transcripts as the guest runs it, published once.</summary>
public sealed class TranscriptProgram
{
    private readonly Lazy<Task<string?>> _missing = new(MissingAsync);

    /// <summary>The program.</summary>
    internal static string Path { get; } = Repository.At("artifacts", "lanes", "transcripts", "Vfio.Transcripts");

    /// <summary>Publishes it; skips the test by name where the lane's needs are missing.</summary>
    internal async Task PrepareAsync()
    {
        string? missing = await _missing.Value;
        Assert.SkipWhen(missing is not null, $"guest lane: {missing}");
    }

    private static async Task<string?> MissingAsync()
    {
        Command gcc = await Command.RunAsync("bash", ["-c", "command -v gcc"], 10);
        Command needs = await Command.RunAsync(Repository.At("eng", "guest"), ["--needs"], 60);
        if (gcc.ExitCode != 0 || needs.ExitCode != 0)
        {
            return gcc.ExitCode != 0 ? "gcc not found" : needs.Output.Trim();
        }

        Command publish = await Command.RunAsync(
            "dotnet",
            ["publish", "tests/Vfio.Transcripts", "-c", "Release", "-p:RestoreLockedMode=true", "-p:DebugType=none", "-o", Repository.At("artifacts", "lanes", "transcripts")],
            400);
        Assert.True(publish.ExitCode == 0, $"dotnet publish tests/Vfio.Transcripts:\n{publish.Output}\n{publish.Errors}");
        return null;
    }
}
