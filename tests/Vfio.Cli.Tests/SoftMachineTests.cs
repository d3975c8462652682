using System.Text.Json;

namespace Vfio.Cli.Tests;

/// <summary>What a person sees on the soft machines, and what a program reads.</summary>
public sealed class SoftMachineTests
{
    private const string Graphics = "0000:01:00.0";
    private const string NoIommu = "0000:c0:00.0";

    [Fact]
    public void The_lab_is_listed_like_this() => Matches(0, "ls-lab", "ls", "--soft");

    [Fact]
    public void The_lab_is_probed_like_this() => Matches(0, "probe-lab", "probe", "--soft");

    [Fact]
    public void A_machine_without_snoop_control_is_explained_like_this()
        => Matches(0, "explain-nosnoop", "explain", "00:01.0", "--soft", "q35-intel-nosnoop");

    [Fact]
    public void A_group_that_is_not_viable_is_explained_like_this() => Matches(0, "explain-not-viable", "explain", Graphics, "--soft");

    [Fact]
    public void A_function_without_an_IOMMU_is_explained_like_this() => Matches(0, "explain-no-iommu", "explain", NoIommu, "--soft");

    [Fact]
    public void A_refusal_is_explained_like_this()
        => Matches(0, "explain-refused", "explain", "00:02.0", "--soft", "q35-virtio", "--non-coherent", "refuse");

    [Theory]
    [InlineData("q35-intel", "00:01.0", "enforced")]
    [InlineData("q35-intel-nosnoop", "00:01.0", "notEnforced")]
    [InlineData("q35-amd", "00:02.0", "enforced")]
    [InlineData("q35-virtio", "00:02.0", "notEnforced")]
    public void Every_machine_is_probed_by_node_and_by_group(string machine, string address, string coherency)
    {
        foreach (string by in (string[])["device", "group"])
        {
            CommandRun run = CommandRun.Of("probe", address, "--soft", machine, "--interface", by, "--json");
            Assert.Equal("", run.Error);
            Assert.Equal(0, run.ExitCode);
            JsonElement opened = run.Json.GetProperty("opened");
            Assert.Equal(by, opened.GetProperty("interface").GetString());
            Assert.Equal(by, run.Json.GetProperty("plan").GetProperty("interface").GetString());
            Assert.Equal(coherency, opened.GetProperty("coherency").GetProperty("verdict").GetString());
            Assert.Equal(coherency, run.Json.GetProperty("coherency").GetProperty("verdict").GetString());
            Assert.True(opened.GetProperty("dma").GetProperty("done").GetBoolean());
            Assert.True(opened.GetProperty("dma").GetProperty("ok").GetBoolean());
            Assert.Equal(8184, opened.GetProperty("dma").GetProperty("bytes").GetInt64());
            Assert.True(opened.GetProperty("interrupt").GetProperty("done").GetBoolean());
            Assert.True(opened.GetProperty("interrupt").GetProperty("ok").GetBoolean());
            Assert.StartsWith("0x", opened.GetProperty("iovaRanges")[0].GetProperty("first").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("probe", "00:02.0", "--soft", "q35-virtio", "--non-coherent", "refuse")]
    [InlineData("probe", "--soft", "q35-virtio", "--non-coherent", "refuse")]
    [InlineData("probe", "00:02.0", "--soft", "q35-virtio", "--non-coherent", "group", "--interface", "device")]
    public void What_the_policy_forbids_exits_3(params string[] args) => Assert.Equal(3, CommandRun.Of(args).ExitCode);

    [Fact]
    public void A_device_that_is_not_coherent_goes_to_the_group_where_the_policy_says_so()
    {
        CommandRun run = CommandRun.Of("probe", "00:02.0", "--soft", "q35-virtio", "--non-coherent", "group", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("group", run.Json.GetProperty("opened").GetProperty("interface").GetString());
    }

    [Fact]
    public void A_function_that_is_not_there_exits_1_with_the_nearest_that_is()
    {
        CommandRun run = CommandRun.Of("explain", "00:07.0", "--soft", "q35-intel");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No PCI function is at this address", run.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 0000:00:03.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_is_not_bound_exits_1_and_says_how_to_bind_it()
    {
        CommandRun run = CommandRun.Of("probe", "00:02.0", "--soft", "q35-intel");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("vfio bind 0000:00:02.0", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_does_not_open_is_still_one_object_in_JSON_and_text_on_stderr()
    {
        CommandRun run = CommandRun.Of("probe", Graphics, "--soft", "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(JsonValueKind.Null, run.Json.GetProperty("opened").ValueKind);
        Assert.Contains("not viable", run.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("vfio: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_are_arrays_even_of_one()
    {
        Assert.Equal(JsonValueKind.Array, CommandRun.Of("ls", "--soft", "--json").Json.ValueKind);
        JsonElement probed = CommandRun.Of("probe", "--soft", "q35-amd", "--json").Json;
        Assert.Equal(JsonValueKind.Array, probed.ValueKind);
        Assert.Equal(1, probed.GetArrayLength());
    }

    [Fact]
    public void The_fields_are_those_that_docs_json_md_names()
    {
        string[] function = ["schema", "address", "class", "id", "driver", "group", "iommu", "nodes", "coherency", "needs"];
        JsonElement listed = CommandRun.Of("ls", "--soft", "q35-intel", "--json").Json[1];
        Assert.Equal(function.Order(), Names(listed));
        JsonElement explained = CommandRun.Of("explain", "00:01.0", "--soft", "q35-intel", "--json").Json;
        Assert.Equal(function.Append("plan").Order(), Names(explained));
        JsonElement probed = CommandRun.Of("probe", "00:01.0", "--soft", "q35-intel", "--json").Json;
        Assert.Equal(function.Concat(["plan", "opened", "error"]).Order(), Names(probed));
        Assert.Equal(["device", "group", "iommufd"], Names(listed.GetProperty("nodes")));
        Assert.Equal(["memlockLimit", "privileges", "toBind"], Names(listed.GetProperty("needs")));
        Assert.Equal(["interface", "problem", "reasons", "refusedByPolicy", "ruledOut", "warning"], Names(explained.GetProperty("plan")));
        Assert.Equal(["coherency", "dma", "interface", "interrupt", "iovaRanges"], Names(probed.GetProperty("opened")));
        Assert.Equal(1, listed.GetProperty("schema").GetInt32());
        Assert.Equal("0000:00:01.0", listed.GetProperty("address").GetString());
        Assert.Equal("00ff00", listed.GetProperty("class").GetString());
        Assert.Equal("/dev/vfio/devices/vfio0", listed.GetProperty("nodes").GetProperty("device").GetString());
    }

    [Fact]
    public void An_address_behind_soft_is_the_device_and_not_a_topology()
    {
        CommandRun run = CommandRun.Of("explain", "--soft", NoIommu);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(NoIommu, run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-topology")]
    [InlineData("/dev/null")]
    [InlineData("/")]
    public void A_topology_that_cannot_be_used_exits_1_with_one_line(string name)
    {
        CommandRun run = CommandRun.Of("ls", "--soft", name);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("vfio: ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, run.Error.Count(c => c == '\n'));
    }

    [Fact]
    public void Bind_refuses_what_is_in_use_and_names_it()
    {
        CommandRun run = CommandRun.Of("bind", "03:00.0", "--soft");
        Assert.Equal(3, run.ExitCode);
        Assert.StartsWith("vfio: bind 0000:03:00.0: refused.", run.Error, StringComparison.Ordinal);
        Assert.Contains("--force", run.Error, StringComparison.Ordinal);
        CommandRun forced = CommandRun.Of("bind", "03:00.0", "--soft", "--force");
        Assert.Equal(0, forced.ExitCode);
        Assert.StartsWith("vfio: forced: 0000:03:00.0 carried mounted file system /", forced.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_and_unbind_say_what_became_of_the_driver()
    {
        CommandRun bound = CommandRun.Of("bind", "00:03.0", "--soft", "q35-intel");
        Assert.Equal(0, bound.ExitCode);
        Assert.StartsWith("0000:00:03.0: no driver -> vfio-pci\n", bound.Output, StringComparison.Ordinal);
        CommandRun unbound = CommandRun.Of("unbind", "00:01.0", "--soft", "q35-intel");
        Assert.Equal(0, unbound.ExitCode);
        Assert.StartsWith("0000:00:01.0: vfio-pci -> no driver\n", unbound.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_probe_that_is_cancelled_exits_130_without_output()
    {
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        CommandRun interrupted = CommandRun.With(cancelled.Token, "probe", "00:01.0", "--soft", "q35-intel");
        // True of every command: what was bound before the signal stays bound.
        Assert.Equal("vfio: interrupted; no device is left open\n", interrupted.Error);
        Assert.Equal(130, interrupted.ExitCode);
        Assert.Empty(interrupted.Output);
    }

    private static string[] Names(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name).Order()];

    private static void Matches(int exitCode, string snapshot, params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal("", run.Error);
        Assert.Equal(exitCode, run.ExitCode);
        Snapshot.Match(run.Output, snapshot);
    }
}
