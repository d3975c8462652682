using System.Diagnostics;

namespace Vfio.Lanes.Tests;

/// <summary>A program run to its end.</summary>
/// <param name="ExitCode">Its exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record Command(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a program in the repository's root. Its lifetime is bounded by <paramref name="seconds"/>.</summary>
    public static async Task<Command> RunAsync(string program, IEnumerable<string> arguments, int seconds)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        // `dotnet test` leaves its own build's variables behind, and a nested build would take them for its own.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(seconds));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return new(-1, await output, $"{await errors}\n{program} took longer than {seconds} s");
        }

        return new(process.ExitCode, await output, await errors);
    }
}
