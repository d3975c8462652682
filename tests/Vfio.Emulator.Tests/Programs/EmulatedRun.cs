using System.Diagnostics;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>One run of `vfio emulate`, by the command as it was built beside this test.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record EmulatedRun(int Status, string Output, string Errors)
{
    private static readonly Lazy<string?> s_whyNot = new(FindWhyNot);

    /// <summary>Runs a program; the test is skipped by name where the host does not let any run.</summary>
    public static EmulatedRun Of(string topology, params string[] command)
    {
        Assert.SkipWhen(s_whyNot.Value is not null, $"this host cannot emulate: {s_whyNot.Value}");
        return Start(topology, command);
    }

    /// <summary>Runs a shell script.</summary>
    public static EmulatedRun OfShell(string topology, string script) => Of(topology, "sh", "-c", script);

    private static string? FindWhyNot()
    {
        EmulatedRun nothing = Start("q35-intel", ["true"]);
        return nothing.Status == 0 ? null : nothing.Errors.Split('\n')[0];
    }

    private static EmulatedRun Start(string topology, string[] command)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"), ["emulate", "--topology", topology, "--", .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', command)} is still running after a minute.");
        }

        return new EmulatedRun(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
