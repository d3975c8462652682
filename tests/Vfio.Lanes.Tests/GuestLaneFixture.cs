using System.Collections.Concurrent;

namespace Vfio.Lanes.Tests;

/// <summary>
/// The guest lane's preparation: publishes the programs once, then boots each machine on each kernel once, two at a time, when a test first
/// asks for one of them.
/// </summary>
public sealed class GuestLaneFixture : IAsyncLifetime
{
    private const string Prologue = """
        vfio_bind $EDU
        section() { echo "@section $1"; shift; "$@"; echo "@exit $?"; }
        """;

    private const string Commands = """
        section scenarios Vfio.Scenarios --machine $MACHINE --move $MOVE
        section probe-device vfio probe $EDU --interface device --json
        section probe-group vfio probe $EDU --interface group --json
        killed() {
          vfio probe $EDU > /dev/null 2>&1 &
          probe=$!
          # Its DMA buffer is a memfd; edu takes 100 ms for each transfer.
          tries=0
          until ls -l /proc/$probe/fd 2> /dev/null | grep -q memfd; do
            tries=$((tries + 1)); [ $tries -lt 1000 ] || { echo "the probe never had a buffer"; return 9; }
          done
          usleep $1
          [ -e /proc/$probe/exe ] || { echo "the probe was over already"; return 8; }
          kill -9 $probe
          wait $probe
          vfio probe $EDU --json
        }
        section killed killed 20000
        section killed-later killed 80000
        """;

    // The library's way to the first register beside C's, and the system calls of each.
    private const string Measurement = """
        section open-to-register Vfio.OpenToRegister $EDU /bin/open_to_register
        section strace-library strace -f -e raw=ioctl -o /tmp/library Vfio.OpenToRegister $EDU
        section strace-c strace -e raw=ioctl -o /tmp/c open_to_register /dev/vfio/devices/vfio0
        section calls-library cat /tmp/library
        section calls-c cat /tmp/c
        """;

    private readonly ConcurrentDictionary<(string Machine, string Kernel), Lazy<Task<GuestRun>>> _runs = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<string?>>> _missing = new();
    private readonly Lazy<Task> _published = new(PublishAsync);
    private readonly Lazy<Task<GuestRun>> _measurement;
    private readonly SemaphoreSlim _boots = new(2);

    /// <summary>Prepares nothing yet.</summary>
    public GuestLaneFixture() => _measurement = new(MeasureOnceAsync);

    /// <summary>The kernels of the lane: the reference, and an older one.</summary>
    public static IReadOnlyList<string> Kernels { get; } = ["7.2.13", "6.12.117"];

    /// <summary>What a machine did; skips the test by name where the lane's needs are missing.</summary>
    internal async Task<GuestRun> RunAsync(string machine, string kernel)
    {
        string? missing = await _missing.GetOrAdd(kernel, k => new(() => MissingAsync(k))).Value;
        Assert.SkipWhen(missing is not null, $"guest lane: {missing}");
        // All boots begin with the first one asked for, so that two are always under way.
        foreach (string each in Scenarios.Machine.Names)
        {
            _ = BootOnceAsync(each, kernel);
        }

        return await BootOnceAsync(machine, kernel);
    }

    /// <summary>The measurement, on one machine; skips the test where make or strace is missing as well.</summary>
    internal async Task<GuestRun> MeasureAsync()
    {
        string? missing = await _missing.GetOrAdd(Kernels[0], k => new(() => MissingAsync(k))).Value ?? Missing("make", "strace");
        Assert.SkipWhen(missing is not null, $"guest lane: {missing}");

        return await _measurement.Value;
    }

    /// <summary>Nothing: the first test that asks sets the lane going.</summary>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Waits for boots that nobody asked for by name: a guest must not outlive the run.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_runs.Values.Where(run => run.IsValueCreated).Select(run => run.Value)).ContinueWith(_ => { }, TaskScheduler.Default);
        _boots.Dispose();
    }

    private static string? Missing(params string[] programs)
        => programs.FirstOrDefault(program => Which(program) is null) is { } missing ? $"{missing} not found" : null;

    private static string? Which(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<string?> MissingAsync(string kernel)
    {
        // NativeAOT links with gcc.
        if (Missing("bash", "gcc") is { } program)
        {
            return program;
        }

        Command needs = await Command.RunAsync(Repository.At("eng", "guest"), ["--needs", "-k", kernel], 60);
        return needs.ExitCode == 0 ? null : needs.Output.Trim();
    }

    private static async Task PublishAsync()
    {
        await PublishAsync("tests/Vfio.Scenarios", "scenarios");
        await PublishAsync("src/Vfio.Cli", "vfio");
    }

    private static async Task PublishAsync(string project, string folder)
    {
        Command publish = await Command.RunAsync(
            "dotnet",
            ["publish", project, "-c", "Release", "-p:RestoreLockedMode=true", "-p:DebugType=none", "-o", Repository.At("artifacts", "lanes", folder)],
            400);
        Assert.True(publish.ExitCode == 0, $"dotnet publish {project}:\n{publish.Output}\n{publish.Errors}");
    }

    private Task<GuestRun> BootOnceAsync(string machine, string kernel)
        => _runs.GetOrAdd((machine, kernel), key => new(() => BootAsync(key.Machine, key.Kernel))).Value;

    private Task<GuestRun> BootAsync(string machine, string kernel)
        => BootAsync(machine, kernel, Commands, ["scenarios/Vfio.Scenarios", "vfio/vfio"]);

    private async Task<GuestRun> MeasureOnceAsync()
    {
        Command make = await Command.RunAsync("make", ["-s", "-C", "tests/c"], 60);
        Assert.True(make.ExitCode == 0, make.Errors);
        await PublishAsync("bench/Vfio.OpenToRegister", "open-to-register");
        return await BootAsync(
            "q35-intel", Kernels[0], Measurement, ["open-to-register/Vfio.OpenToRegister", "../c/open_to_register", Which("strace")!]);
    }

    private async Task<GuestRun> BootAsync(string machine, string kernel, string commands, string[] programs)
    {
        await _published.Value;
        await _boots.WaitAsync();
        int seconds = 240 + (SoftLane.Move / 2);
        try
        {
            return GuestRun.Parse(await Guest.BootAsync(
                [
                    "-m", machine, "-k", kernel, "-t", $"{seconds}",
                    .. programs.SelectMany(program => (string[])["-f", Repository.At("artifacts", "lanes", program)]),
                    "--", $"{Prologue}\nMACHINE={machine} MOVE={SoftLane.Move}\n{commands}",
                ],
                seconds + 40));
        }
        finally
        {
            _boots.Release();
        }
    }
}
