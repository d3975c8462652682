namespace Vfio.Nvme.Tests;

public sealed class NvmeCapabilitiesTests
{
    [Fact]
    public void QEMU_s_capabilities_read_as_it_means_them()
    {
        NvmeCapabilities capabilities = new(0x004018200f0107ff);
        Assert.Equal(2048, capabilities.MaximumQueueEntries);
        Assert.Equal(TimeSpan.FromSeconds(7.5), capabilities.ReadyTimeout);
        Assert.Equal(4u, capabilities.DoorbellStride);
        Assert.True(capabilities.NvmCommandSet);
        Assert.Equal(4096, capabilities.MinimumPageSize);
    }

    [Fact]
    public void A_timeout_of_zero_still_gives_the_controller_time()
        => Assert.Equal(TimeSpan.FromMilliseconds(500), new NvmeCapabilities(0).ReadyTimeout);

    [Fact]
    public void Every_value_is_within_bounds()
    {
        NvmeCapabilities ones = new(ulong.MaxValue);
        Assert.Equal(65536, ones.MaximumQueueEntries);
        Assert.Equal(4u << 15, ones.DoorbellStride);
        Assert.Equal(1 << 27, ones.MinimumPageSize);
        Assert.Equal(TimeSpan.FromSeconds(127.5), ones.ReadyTimeout);
    }
}
