using Vfio.Cli.Nvme.Blocks;

namespace Vfio.Cli.Tests.Nvme;

public sealed class HexDumpTests
{
    [Theory]
    [InlineData(0)]
    [InlineData((1UL << 40) - 16)]
    [InlineData(1UL << 40)]
    [InlineData(ulong.MaxValue - 511)]
    public void A_line_fits_80_columns_wherever_its_bytes_are(ulong start) => Assert.InRange(Dump(start)[0].Length, 70, 80);

    [Fact]
    public void From_1_TiB_on_bytes_stand_in_pairs()
        => Assert.Equal(
            ["10000000000  0041 4243 4445 4647  4849 4a4b 4c4d 4e4f  |.ABCDEFGHIJKLMNO|", "10000000010"],
            Dump(1UL << 40));

    private static string[] Dump(ulong start)
    {
        StringWriter output = new() { NewLine = "\n" };
        HexDump dump = new(output, start);
        dump.Write("\0ABCDEFGHIJKLMNO"u8);
        dump.End();
        return output.ToString().TrimEnd().Split('\n');
    }
}
