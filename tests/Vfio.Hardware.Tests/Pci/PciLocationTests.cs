using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Tests.Pci;

public sealed class PciLocationTests
{
    [Theory]
    [InlineData("0000:00:01.0")]
    [InlineData("ffff:ff:1f.7")]
    [InlineData("0001:3a:0b.3")]
    public void A_location_reads_as_it_is_written(string text)
    {
        Assert.True(PciLocation.TryParse(text, out PciLocation location));
        Assert.Equal(text, location.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00:01.0")]
    [InlineData("0000:00:01.8")]
    [InlineData("0000:00:20.0")]
    [InlineData("0000:00:01:0")]
    [InlineData("0000:00:01.0 ")]
    [InlineData("000g:00:01.0")]
    [InlineData("0000:+1:01.0")]
    public void What_sysfs_would_not_write_is_refused(string text) => Assert.False(PciLocation.TryParse(text, out _));

    [Fact]
    public void Devfn_has_the_device_above_the_function() => Assert.Equal(0xfb, new PciLocation(0, 0, 31, 3).Devfn);
}
