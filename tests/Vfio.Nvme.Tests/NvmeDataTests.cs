namespace Vfio.Nvme.Tests;

public sealed class NvmeDataTests
{
    [Fact]
    public void A_page_that_the_controller_did_not_write_whole_is_no_answer()
    {
        byte[] page = new byte[4096];
        Assert.True(NvmeController.IsWritten(page));
        page.AsSpan().Fill(NvmeController.Untouched);
        Assert.False(NvmeController.IsWritten(page));
        page.AsSpan(0, 4096 - 512).Clear();
        Assert.False(NvmeController.IsWritten(page));
        page[^1] = 0;
        Assert.True(NvmeController.IsWritten(page));
    }
}
