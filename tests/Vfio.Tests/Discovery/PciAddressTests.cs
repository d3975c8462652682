namespace Vfio.Tests;

public sealed class PciAddressTests
{
    [Theory]
    [InlineData("0000:01:00.0", "0000:01:00.0")]
    [InlineData("01:00.0", "0000:01:00.0")]
    [InlineData("0000:FF:1f.7", "0000:ff:1f.7")]
    [InlineData("10000:e1:00.0", "10000:e1:00.0")]
    [InlineData("0:0:0.0", "0000:00:00.0")]
    public void Reads_what_sysfs_and_lspci_write(string text, string expected)
        => Assert.Equal(expected, PciAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0000:01:00")]
    [InlineData("0000:01:20.0")]
    [InlineData("0000:01:00.8")]
    [InlineData("0000:100:00.0")]
    [InlineData("0000:01:00.0.0")]
    [InlineData("0000:01:00.00")]
    [InlineData(" 01:00.0")]
    [InlineData("01:00.0 ")]
    [InlineData("+1:00.0")]
    [InlineData("0x01:00.0")]
    [InlineData("a:b:c:d.e")]
    [InlineData("../../x")]
    [InlineData("1234567890:00:00.0")]
    [InlineData(":01:00.0")]
    public void Refuses_what_is_no_address(string text)
    {
        Assert.False(PciAddress.TryParse(text, out _));
        FormatException e = Assert.Throws<FormatException>(() => PciAddress.Parse(text));
        Assert.Contains("0000:01:00.0", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Orders_by_domain_bus_device_function()
    {
        PciAddress[] sorted = [.. new[] { "0001:00:00.0", "0000:02:00.0", "0000:01:01.0", "0000:01:00.1", "0000:01:00.0" }
            .Select(text => PciAddress.Parse(text)).Order()];
        Assert.Equal(["0000:01:00.0", "0000:01:00.1", "0000:01:01.0", "0000:02:00.0", "0001:00:00.0"], sorted.Select(address => address.ToString()));
    }
}
