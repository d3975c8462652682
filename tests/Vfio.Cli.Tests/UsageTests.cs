namespace Vfio.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("nothing-of-ours")]
    [InlineData("explain")]
    [InlineData("explain", "not-an-address")]
    [InlineData("explain", "00:20.0")]
    [InlineData("explain", "00:01.8")]
    [InlineData("explain", "100:01.0")]
    [InlineData("explain", "00:01.0", "00:02.0")]
    [InlineData("probe", "--interface", "usb")]
    [InlineData("probe", "--non-coherent")]
    [InlineData("ls", "--force")]
    [InlineData("nvme")]
    [InlineData("nvme", "identify")]
    [InlineData("nvme", "05:00.0")]
    [InlineData("nvme", "5", "identify")]
    [InlineData("nvme", "05:00.0", "format")]
    [InlineData("nvme", "05:00.0", "bench", "--qd", "0")]
    [InlineData("nvme", "05:00.0", "bench", "--qd", "many")]
    [InlineData("nvme", "05:00.0", "bench", "--queues", "-1")]
    [InlineData("nvme", "05:00.0", "bench", "--seconds", "0")]
    [InlineData("nvme", "05:00.0", "bench", "--seconds", "NaN")]
    [InlineData("nvme", "05:00.0", "bench", "--block-size", "4k")]
    [InlineData("nvme", "05:00.0", "bench", "--namespace", "0")]
    [InlineData("emulate", "--memlock", "much", "--", "true")]
    [InlineData("emulate", "--trcae", "FILE", "--", "true")]
    [InlineData]
    public void A_command_line_that_cannot_be_read_exits_2_and_says_what_is_wrong(params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("vfio: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_malformed_address_is_quoted_with_the_form_it_should_have()
    {
        CommandRun run = CommandRun.Of("explain", "1.0");
        Assert.Contains("'1.0' is not a PCI address", run.Error, StringComparison.Ordinal);
        Assert.Contains("0000:01:00.0", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("probe", "--help")]
    [InlineData("explain", "--help")]
    public void Help_exits_0(params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--soft", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_cannot_be_taken_is_quoted_with_those_that_can()
    {
        CommandRun run = CommandRun.Of("nvme", "05:00.0", "bench", "--qd", "0x10000");
        Assert.Equal("vfio: --qd wants a whole number from 1 to 65535, not '0x10000'.\nTry: vfio nvme BDF bench --help\n", run.Error);
    }

    [Fact]
    public void A_number_of_64_bits_that_is_too_large_is_told_the_largest()
        => Assert.Contains(
            "from 0 to 18446744073709551615, not '18446744073709551616'", CommandRun.Of("nvme", "05:00.0", "read", "--block", "18446744073709551616").Error, StringComparison.Ordinal);

    [Fact]
    public void A_choice_that_there_is_not_is_named_with_its_option_in_one_line()
    {
        CommandRun run = CommandRun.Of("ls", "--non-coherent", "forbid");
        Assert.Equal("vfio: --non-coherent wants one of allow, group, refuse, not 'forbid'.\nTry: vfio ls --help\n", run.Error);
    }

    [Theory]
    [InlineData("read", "")]
    [InlineData("write", "", "--yes-write")]
    [InlineData("bench", "--svg", "")]
    [InlineData("bench", "--svg", "-")]
    public void A_file_without_a_name_is_a_mistake_of_usage(params string[] args)
    {
        // Nothing is at this address: that would be the complaint.
        CommandRun run = CommandRun.Of(["nvme", "09:00.0", .. args, "--soft"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("name", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_looks_like_this() => Snapshot.Match(CommandRun.Of("--help").Output, "help");

    [Fact]
    public void The_version_is_the_library_s()
    {
        CommandRun run = CommandRun.Of("--version");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", run.Output);
    }
}
