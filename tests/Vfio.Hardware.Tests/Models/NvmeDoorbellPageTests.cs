namespace Vfio.Hardware.Tests.Models;

/// <summary>Doorbells in a page that the driver has mapped: nobody calls when something is stored there.</summary>
public sealed class NvmeDoorbellPageTests
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    [Fact]
    public void Commands_are_found_whether_the_controller_looks_or_naps()
    {
        using var host = new NvmeHost();
        using var page = new HeapPages();
        host.Controller.WatchPages(0, page);
        host.DoorbellPage = page;
        for (int i = 0; i < 3 * NvmeHost.Entries; i++)
        {
            Assert.Equal(0, host.ReadOne());
            if (i % 8 == 7)
            {
                // Longer than it looks without rest.
                Thread.Sleep(20);
            }
        }

        host.Start();
        Assert.Equal(0, host.ReadOne());
    }

    [Fact]
    public void What_was_stored_by_calls_stands_in_the_page_and_the_other_way_round()
    {
        using var host = new NvmeHost();
        Assert.Equal(0, host.ReadOne());
        var page = new HeapPages();
        host.Controller.WatchPages(0, page);
        Assert.Equal(1u, page.Read32(8));
        host.DoorbellPage = page;
        Assert.Equal(0, host.ReadOne());
        host.DoorbellPage = null;
        host.Controller.WatchPages(0, null);
        page.Dispose();
        Assert.True(page.IsFreed);
        Assert.Equal(0, host.ReadOne());
    }

    [Fact]
    public void A_page_that_is_let_go_stays_until_the_controller_has_let_go_of_it()
    {
        using var host = new NvmeHost();
        var page = new HeapPages();
        host.Controller.WatchPages(0, page);
        page.Dispose();
        Assert.False(page.IsFreed);
        host.Controller.WatchPages(0, null);
        Assert.True(page.IsFreed);
    }

    [Fact]
    public void Whatever_stands_in_the_page_the_controller_can_be_had_again()
    {
        using var host = new NvmeHost();
        using var page = new HeapPages();
        host.Controller.WatchPages(0, page);
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            page.Write32((ulong)random.Next(1024) * 4, random.Next(2) == 0 ? (uint)random.Next(NvmeHost.Entries + 1) : (uint)random.Next());
        }

        host.DoorbellPage = page;
        host.Start();
        Assert.Equal(0, host.ReadOne());
    }

    [Fact]
    public void The_line_goes_down_when_the_head_is_stored_to_the_page()
    {
        using var host = new NvmeHost(interrupts: true);
        using var page = new HeapPages();
        host.Controller.WatchPages(0, page);
        host.DoorbellPage = page;
        Assert.Equal(0, host.ReadOne());
        Assert.True(SpinWait.SpinUntil(() => !host.Controller.IntxAsserted, s_longest));
    }
}
