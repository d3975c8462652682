using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>One run of `vfio emulate`, by the command as it was built beside this test.</summary>
/// <param name="Status">The exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Errors">Standard error.</param>
internal sealed record EmulatedRun(int Status, string Output, string Errors)
{
    private static readonly Lazy<string?> s_whyNot = new(FindWhyNot);

    /// <summary>Runs a program; the test is skipped by name where the host does not let any run.</summary>
    public static EmulatedRun Of(string topology, params string[] command) => With(topology, [], command);

    /// <summary>The same with options of the command's.</summary>
    public static EmulatedRun With(string topology, string[] options, params string[] command)
    {
        SkipWhereNoneRuns();
        return Run(Command, ["emulate", "--topology", topology, .. options, "--", .. command]);
    }

    /// <summary>Skips the test by name where the host does not let any program run so.</summary>
    public static void SkipWhereNoneRuns() => Assert.SkipWhen(s_whyNot.Value is not null, $"this host cannot emulate: {s_whyNot.Value}");

    /// <summary>Runs a shell script.</summary>
    public static EmulatedRun OfShell(string topology, string script) => Of(topology, "sh", "-c", script);

    // Asked of the host and not of the emulator: what fails there for any other reason is to fail here.
    private static string? FindWhyNot()
    {
        const string Actions = "/proc/sys/kernel/seccomp/actions_avail";
        string[] ownMounts = ["--mount", "--", "mount", "-t", "tmpfs", "none", "/tmp"];
        return RuntimeInformation.OSArchitecture != Architecture.X64 ? "it is not x86-64"
            : Environment.OSVersion.Version < new Version(5, 19) ? "its kernel is older than 5.19"
            : !File.Exists(Actions) || !File.ReadAllText(Actions).Split().Contains("user_notif") ? "its kernel has no seccomp user notification"
            : Run("unshare", Environment.IsPrivilegedProcess ? ownMounts : ["--user", "--map-root-user", .. ownMounts]).Status != 0 ? "this user may not have a mount namespace of his own"
            : null;
    }

    /// <summary>The command, as it was built beside this test.</summary>
    public static string Command => Path.Combine(AppContext.BaseDirectory, "Vfio.Cli");

    /// <summary>Runs a command of the host's, which may be one that emulates.</summary>
    /// <param name="file">The program.</param>
    /// <param name="command">Its arguments.</param>
    /// <param name="directory">Where; null: here.</param>
    /// <param name="minutes">How long it may take.</param>
    /// <param name="environment">What it finds beside this process's environment.</param>
    public static EmulatedRun Run(string file, string[] command, string? directory = null, int minutes = 1, params (string Name, string Value)[] environment)
    {
        // What else is open where the tests are started is not the program's: its descriptors begin with 3.
        const string Alone = "exec \"$0\" \"$@\" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-";
        var start = new ProcessStartInfo("sh", ["-c", Alone, file, .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(minutes)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', command)} is still running after {minutes} min.");
        }

        return new EmulatedRun(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
