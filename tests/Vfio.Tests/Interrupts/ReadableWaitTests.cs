using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class ReadableWaitTests
{
    [Fact]
    public async Task Disposing_ends_a_wait_whose_file_the_program_closed_itself()
    {
        VfioFileHandle file = Eventfd();
        ReadableWait wait = new(file);
        Task waiting = wait.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        file.Dispose();
        wait.Close();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    [Fact]
    public async Task A_closed_file_cannot_be_waited_for()
    {
        VfioFileHandle file = Eventfd();
        ReadableWait wait = new(file);
        file.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await wait.WaitAsync(TestContext.Current.CancellationToken));
        wait.Close();
    }

    private static VfioFileHandle Eventfd() =>
        new(LibcSystemCalls.Instance, LibcSystemCalls.Instance.Eventfd(0, EventfdFlags.NonBlocking), "eventfd");
}
