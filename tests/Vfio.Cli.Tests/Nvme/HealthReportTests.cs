using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme;
using Vfio.Nvme;

namespace Vfio.Cli.Tests.Nvme;

public sealed class HealthReportTests
{
    private static readonly NvmeIdentity s_identity
        = new(0x144d, "S1", "A disk", "1.0", 1, new Version(1, 4, 0), 1, 5) { WarningTemperature = 343, CriticalTemperature = 358 };

    private static readonly NvmeHealth s_good = new(0, 313, 100, 10, 3, 512_000_000, 1_024_000_000_000, 1, 2, 3, 4, 0, 0, 0);

    [Fact]
    public void A_disk_without_a_finding_is_good() => Assert.Equal(HealthLevel.Good, Of(s_good).Verdict);

    [Theory]
    [InlineData(1 << 0, HealthLevel.Critical, "spare")]
    [InlineData(1 << 1, HealthLevel.Warning, "40 C")]
    [InlineData(1 << 2, HealthLevel.Critical, "reliable")]
    [InlineData(1 << 3, HealthLevel.Critical, "read-only")]
    [InlineData(1 << 4, HealthLevel.Critical, "backup power")]
    [InlineData(1 << 5, HealthLevel.Warning, "persistent memory")]
    [InlineData(1 << 6, HealthLevel.Warning, "0x40")]
    [InlineData(1 << 7, HealthLevel.Warning, "0x80")]
    public void Each_warning_of_the_controller_is_a_finding_with_something_to_do(int warning, object level, string words)
    {
        HealthFinding finding = Assert.Single(Of(s_good with { Warning = (byte)warning }).Findings);
        Assert.Equal((HealthLevel)level, finding.Level);
        Assert.Contains(words, finding.What, StringComparison.Ordinal);
        Assert.NotEmpty(finding.Advice);
    }

    [Theory]
    [InlineData(342, HealthLevel.Good)]
    [InlineData(343, HealthLevel.Warning)]
    [InlineData(358, HealthLevel.Critical)]
    public void Heat_is_judged_by_the_controllers_own_thresholds(int kelvin, object level) => Assert.Equal((HealthLevel)level, Of(s_good with { Temperature = kelvin }).Verdict);

    [Fact]
    public void Wear_and_lost_data_are_warnings()
    {
        Assert.Equal(HealthLevel.Good, Of(s_good with { UsedPercent = 99 }).Verdict);
        Assert.Equal(HealthLevel.Warning, Of(s_good with { UsedPercent = 100 }).Verdict);
        Assert.Equal(HealthLevel.Warning, Of(s_good with { MediaErrors = 1 }).Verdict);
    }

    [Fact]
    public void A_failing_disk_is_shown_like_this()
    {
        StringWriter output = new() { NewLine = "\n" };
        using (Terminal terminal = new(output, TextWriter.Null))
        {
            new SmartView(terminal.Screen).Show(Of(s_good with { Warning = 0x05, Temperature = 345, SparePercent = 4, UsedPercent = 112, MediaErrors = 7, UnsafeShutdowns = 1 }));
        }

        Snapshot.Match(output.ToString(), "nvme-smart-failing");
    }

    private static HealthReport Of(NvmeHealth health) => HealthReport.Of(PciAddress.Parse("0000:05:00.0", null), s_identity, health);
}
