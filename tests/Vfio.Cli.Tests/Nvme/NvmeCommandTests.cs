using System.Text.Json;
using System.Xml.Linq;
using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme;
using Vfio.Cli.Nvme.Bench;
using Vfio.Nvme;

namespace Vfio.Cli.Tests.Nvme;

/// <summary>`vfio nvme` on the lab's controller.</summary>
public sealed class NvmeCommandTests
{
    private const string Address = "0000:05:00.0";

    [Fact]
    public void A_controller_is_identified_like_this() => Matches("nvme-identify", "nvme", Address, "identify", "--soft");

    [Fact]
    public void A_healthy_controller_is_shown_like_this() => Matches("nvme-smart", "nvme", Address, "smart", "--soft");

    [Fact]
    public void The_fields_are_those_that_docs_json_md_names()
    {
        JsonElement identified = CommandRun.Of("nvme", Address, "identify", "--soft", "--json").Json;
        Assert.Equal(
            ["address", "capacity", "controllerId", "criticalTemperature", "firmware", "interface", "limits", "model", "namespaces", "schema", "serial", "vendor", "version", "warningTemperature"],
            Names(identified));
        Assert.Equal(["queueDepth", "queues", "transferBytes"], Names(identified.GetProperty("limits")));
        JsonElement ns = identified.GetProperty("namespaces")[0];
        Assert.Equal(["blockSize", "blocks", "bytes", "formats", "id"], Names(ns));
        Assert.Equal(["blockSize", "inUse", "metadataSize", "performance"], Names(ns.GetProperty("formats")[0]));
        JsonElement health = CommandRun.Of("nvme", Address, "smart", "--soft", "--json").Json;
        Assert.Equal(
            ["address", "bytesRead", "bytesWritten", "criticalWarning", "errorEntries", "findings", "health", "mediaErrors", "model", "powerCycles", "powerOnHours", "readCommands", "schema",
                "serial", "sparePercent", "spareThresholdPercent", "temperature", "unsafeShutdowns", "usedPercent", "writeCommands"],
            Names(health));
        Assert.Equal("good", health.GetProperty("health").GetString());
        JsonElement measured = CommandRun.Of("nvme", Address, "bench", "--soft", "--json", "--seconds", "0.2").Json;
        Assert.Equal(
            ["address", "blockSize", "bytesPerSecond", "commands", "firmware", "iops", "latencyNs", "model", "namespace", "operation", "queueDepth", "queues", "schema", "seconds", "serial", "waits"],
            Names(measured));
        Assert.Equal(["max", "mean", "min", "p50", "p90", "p99", "p999", "p9999"], Names(measured.GetProperty("latencyNs")));
    }

    [Theory]
    [InlineData("device", "poll", 1, 32, 4096)]
    [InlineData("group", "interrupt", 2, 4, 512)]
    public void A_measurement_tells_what_was_measured_and_its_figures_agree(string by, string waits, int queues, int depth, int bytes)
    {
        string[] args =
        [
            "nvme", Address, "bench", "--soft", "--json", "--seconds", "0.3", "--interface", by, "--queues", $"{queues}", "--qd", $"{depth}", "--block-size", $"{bytes}",
            .. waits == "poll" ? (string[])[] : ["--interrupts"],
        ];
        CommandRun run = CommandRun.Of(args);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal((waits, queues, depth, bytes), (Text("waits"), Number("queues"), Number("queueDepth"), Number("blockSize")));
        Assert.Equal(("read", 0.3), (Text("operation"), Number("seconds")));
        Assert.Equal(Number("commands") / 0.3, Number("iops"), 0.1);
        Assert.Equal(Number("commands") / 0.3 * bytes, Number("bytesPerSecond"), 0.1);
        double[] latencies = [.. ((string[])["min", "p50", "p90", "p99", "p999", "p9999", "max"]).Select(name => run.Json.GetProperty("latencyNs").GetProperty(name).GetDouble())];
        Assert.Equal(latencies.Order(), latencies);
        Assert.InRange(run.Json.GetProperty("latencyNs").GetProperty("mean").GetDouble(), latencies[0], latencies[^1]);

        string? Text(string name) => run.Json.GetProperty(name).GetString();
        double Number(string name) => run.Json.GetProperty(name).GetDouble();
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        Machine machine = Machine.Open("lab");
        using NvmeSession session = new(machine, machine.Host.Open(PciAddress.Parse(Address, null)), 0, TestContext.Current.CancellationToken);
        BenchPlan plan = new(Writes: false, Depth: 16, Queues: 1, Bytes: 4096, Duration: TimeSpan.FromSeconds(0.4), WaitsByInterrupt: false);
        NvmeIdentity identity = session.Controller.Identify(TestContext.Current.CancellationToken);
        BenchResult result = new BenchRun(session, session.Namespace(null), plan, TestContext.Current.CancellationToken).Measure(identity, static (_, _) => { });
        Assert.True(result.Latency.Count > 0);
        Assert.Equal(0, result.AllocatedBytes);
    }

    [Fact]
    public void The_picture_is_written_where_it_is_wanted_over_what_was_there()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".svg");
        try
        {
            File.WriteAllText(path, new string('x', 100_000));
            Assert.Equal(0, CommandRun.Of("nvme", Address, "bench", "--soft", "--seconds", "0.2", "--svg", path).ExitCode);
            Assert.Equal("svg", XDocument.Load(path).Root!.Name.LocalName);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_picture_that_cannot_be_written_is_found_out_before_anything_is_opened()
    {
        // Nothing is at this address: that would be the complaint.
        CommandRun run = CommandRun.Of("nvme", "09:00.0", "bench", "--soft", "--svg", "/no/such/directory/x.svg");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("vfio: /no/such/directory/x.svg cannot be written: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_that_finds_no_room_does_not_cost_the_figures()
    {
        CommandRun run = CommandRun.Of("nvme", Address, "bench", "--soft", "--seconds", "0.1", "--json", "--svg", "/dev/full");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No space left on device : '/dev/full'", run.Error, StringComparison.Ordinal);
        Assert.True(run.Json.GetProperty("commands").GetInt64() > 0);
    }

    [Fact]
    public void A_picture_is_left_out_where_nothing_was_measured()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".svg");
        Assert.Equal(1, CommandRun.Of("nvme", "09:00.0", "bench", "--soft", "--svg", path).ExitCode);
        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("--qd", "4096", "--qd 4096 is more than it takes: 4095 at most")]
    [InlineData("--queues", "65", "--queues 65 are more than it gives: 64 at most")]
    [InlineData("--block-size", "100", "not whole blocks of 512 bytes")]
    [InlineData("--block-size", "1048576", "524288 at most")]
    [InlineData("--namespace", "7", "has no namespace 7; it has 1")]
    public void What_is_beyond_the_controller_exits_1_and_names_the_limit(string option, string value, string words)
    {
        CommandRun run = CommandRun.Of("nvme", Address, "bench", "--soft", option, value);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.StartsWith($"vfio: {Address}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("4096", "524288", 2)]
    [InlineData("65535", "1073741824", 2)]
    [InlineData("4095", "524288", 1)]
    public void Memory_of_2_GiB_for_a_queue_is_a_mistake_of_usage(string depth, string bytes, int code)
    {
        // Nothing is at this address: what fits complains of that.
        CommandRun run = CommandRun.Of("nvme", "09:00.0", "bench", "--soft", "--write", "--yes-write", "--qd", depth, "--block-size", bytes);
        Assert.Equal(code, run.ExitCode);
        Assert.Equal(code == 2, run.Error.Contains("2 GiB of memory or more", StringComparison.Ordinal));
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void More_memory_than_the_machine_can_spare_is_not_taken()
    {
        Assert.SkipWhen(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 200L << 30, "this machine can spare it");
        CommandRun run = CommandRun.Of("nvme", Address, "bench", "--soft", "--seconds", "0.1", "--queues", "64", "--qd", "4095", "--block-size", "524288");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("take 137 GB of memory, more than half of what there is", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void All_queues_that_it_has_can_be_used()
        => Assert.Equal(0, CommandRun.Of("nvme", Address, "bench", "--soft", "--queues", "64", "--qd", "1", "--seconds", "1").ExitCode);

    [Fact]
    public void What_is_no_controller_is_said_to_be_what_it_is()
    {
        CommandRun run = CommandRun.Of("nvme", "02:00.0", "identify", "--soft");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("is no NVMe controller but edu 1234:11e8", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_controller_that_is_not_bound_is_said_to_be_bound_first()
    {
        CommandRun run = CommandRun.Of("nvme", "03:00.0", "smart", "--soft");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("vfio bind 0000:03:00.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_measurement_that_is_cancelled_exits_130_without_output()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.CancelAfter(TimeSpan.FromSeconds(1));
        CommandRun run = CommandRun.With(cancelled.Token, "nvme", Address, "bench", "--soft", "--seconds", "3600");
        Assert.Equal("vfio: interrupted; no device is left open\n", run.Error);
        Assert.Equal(130, run.ExitCode);
        Assert.Empty(run.Output);
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(static property => property.Name).Order()];

    private static void Matches(string snapshot, params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Snapshot.Match(run.Output, snapshot);
    }
}
