using System.Diagnostics;
using System.Globalization;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>
/// Programs that are killed at any moment, also while a call of theirs is served. VFIO_KILLS=1000 makes a longer test of it; what the supervisor
/// holds is written to the test's output.
/// </summary>
public sealed class KilledProgramsTests(ITestOutputHelper output)
{
    // More processes than that are not remembered past their ends, and a process with its threads takes about five descriptors.
    private const int MostDescriptors = 64 * 5;
    private const int Samples = 10;

    // A supervisor that hangs is to fail here, and a machine that is busy is not.
    [Fact(Timeout = 600_000)]
    public async Task Nothing_is_left_of_programs_that_are_killed_at_any_moment()
    {
        EmulatedRun.SkipWhereNoneRuns();
        int runs = int.TryParse(Environment.GetEnvironmentVariable("VFIO_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int asked) ? asked : 100;
        int every = Math.Max(1, runs / Samples);
        string[] command = ["emulate", "--topology", "q35-intel", "--", CProgram.Build("killed"), $"{runs}", $"{every}", "1"];
        using Process supervisor = Process.Start(
            new ProcessStartInfo(EmulatedRun.Command, command) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = supervisor.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var anonymous = new List<int>();
        try
        {
            while (await supervisor.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            {
                Assert.Matches("^[0-9]+$", line);
                int[] of = [Status("RssAnon"), Status("VmRSS"), Directory.GetFileSystemEntries($"/proc/{supervisor.Id}/fd").Length, Status("Threads")];
                output.WriteLine($"after {line}: {of[0]} kB of its own, {of[1]} kB in all, {of[2]} descriptors, {of[3]} threads");
                anonymous.Add(of[0]);
                Assert.InRange(of[2], 1, MostDescriptors);
                Assert.InRange(of[3], 1, 64);
                await supervisor.StandardInput.WriteAsync('\n');
                await supervisor.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            }

            await supervisor.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
        finally
        {
            supervisor.Kill(entireProcessTree: true);
        }

        Assert.Equal("", await errors);
        Assert.Equal(0, supervisor.ExitCode);

        // What compiles and collects in time is noise of some megabytes, and of more while it begins; what stays of each run is not.
        int noise = runs < 1000 ? 32 << 10 : 8 << 10;
        Assert.InRange(anonymous[^3..].Min(), 0, anonymous[..(Samples / 2)].Max() + noise);

        int Status(string field)
        {
            string line = File.ReadLines($"/proc/{supervisor.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
            return int.Parse(string.Concat(line.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);
        }
    }
}
