using System.Xml.Linq;
using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme.Bench;

namespace Vfio.Cli.Tests.Nvme;

public sealed class LatencyPictureTests
{
    [Fact]
    public void A_measurement_looks_like_this_where_UTF_8_is_shown() => Snapshot.Match(Shown(isUtf8: true), "nvme-bench");

    [Fact]
    public void A_measurement_looks_like_this_in_ASCII()
    {
        string shown = Shown(isUtf8: false);
        Assert.All(shown, static sign => Assert.InRange(sign, '\n', '~'));
        Snapshot.Match(shown, "nvme-bench-ascii");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(110)]
    public void A_picture_fits_the_terminal_and_uses_its_width(int width)
    {
        IReadOnlyList<string> lines = LatencyPicture.Draw(Latencies.OfADisk(10_000), width, isUtf8: true);
        Assert.Equal(width, lines.Max(static line => line.Length));
    }

    [Fact]
    public void Latencies_that_are_all_the_same_are_a_picture_too()
    {
        foreach (long latency in (long[])[0, 1, 1000, 4999, 5000])
        {
            IReadOnlyList<string> lines = LatencyPicture.Draw(Latencies.Of(latency, latency), 80, isUtf8: false);
            Assert.Contains(lines, static line => line.Contains('#', StringComparison.Ordinal) || line.Contains('.', StringComparison.Ordinal));
            Assert.Contains(lines, static line => line.Contains('+', StringComparison.Ordinal));
        }
    }

    [Fact]
    public void No_percentile_is_shown_that_so_few_commands_cannot_tell()
    {
        Assert.DoesNotContain("99%", LatencyPicture.Draw(Latencies.OfADisk(50), 80, isUtf8: false)[^1], StringComparison.Ordinal);
        Assert.EndsWith("99.9%", LatencyPicture.Draw(Latencies.OfADisk(1000), 80, isUtf8: false)[^1], StringComparison.Ordinal);
        Assert.EndsWith("99.9999%", LatencyPicture.Draw(Latencies.OfADisk(), 80, isUtf8: false)[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.4, "0 ns")]
    [InlineData(850, "850 ns")]
    [InlineData(999.6, "1 us")]
    [InlineData(4210, "4.21 us")]
    [InlineData(42_100, "42.1 us")]
    [InlineData(421_400, "421 us")]
    [InlineData(999_600, "1 ms")]
    [InlineData(2_500_000_000, "2.5 s")]
    public void A_latency_is_told_in_three_digits(double nanoseconds, string text) => Assert.Equal(text, LatencyAxes.Text(nanoseconds));

    [Fact]
    public void The_picture_to_share_stands_alone()
    {
        string svg = LatencySvg.Draw(Latencies.Result(Latencies.OfADisk(), "<Disk> & \"Sons\""));
        XElement root = XDocument.Parse(svg).Root!;
        Assert.Equal("{http://www.w3.org/2000/svg}svg", root.Name.ToString());
        Assert.DoesNotContain(root.DescendantsAndSelf(), static element => element.Name.LocalName is "script" or "image" or "use" or "foreignObject");
        Assert.DoesNotContain(root.DescendantsAndSelf().Attributes(), static attribute => attribute.Name.LocalName is "href" || attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("url(", svg, StringComparison.Ordinal);
        string[] texts = [.. root.Descendants("{http://www.w3.org/2000/svg}text").Select(static text => text.Value)];
        Assert.Contains("<Disk> & \"Sons\"", texts);
        Assert.Contains("500,000", texts);
        Assert.Contains(texts, static text => text.Contains("queue depth 32, 2 queues", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("en_GB.UTF-8", null, null, true)]
    [InlineData("C", null, "en_GB.utf8", false)]
    [InlineData("", "de_DE.utf8", "C", true)]
    [InlineData(null, null, "POSIX", false)]
    [InlineData(null, null, null, false)]
    public void The_locale_says_whether_UTF_8_is_shown(string? all, string? type, string? lang, bool expected)
        => Assert.Equal(expected, Terminal.SaysUtf8(name => name switch
        {
            "LC_ALL" => all,
            "LC_CTYPE" => type,
            _ => lang,
        }));

    private static string Shown(bool isUtf8)
    {
        StringWriter output = new() { NewLine = "\n" };
        using (Terminal terminal = new(output, TextWriter.Null) { IsUtf8 = isUtf8 })
        {
            new BenchView(terminal).Show(Latencies.Result(Latencies.OfADisk()));
        }

        return output.ToString();
    }
}
