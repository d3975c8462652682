namespace Vfio.Nvme.Tests;

public sealed class AsyncQueueTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512, 64)]
    [InlineData(4096, 2)]
    public async Task Many_tasks_share_a_queue_and_each_finds_what_it_wrote(int blockSize, int depth)
    {
        const int Tasks = 24;
        using SoftController soft = new(blockSize);
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(depth, Stop);
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(() => Work(task), Stop)));

        async Task Work(int task)
        {
            Random random = new(task);
            int blocks = SoftController.Size / Tasks / blockSize;
            ulong origin = (ulong)(task * blocks);
            byte[] copy = new byte[blocks * blockSize];
            byte[] memory = new byte[(1 << 20) + 64];
            using DmaBuffer direct = soft.Device.AllocateDma(1 << 20);
            for (int i = 0; i < 40; i++)
            {
                int bytes = (1 + random.Next(((1 << random.Next(12, 20)) / blockSize) - 1)) * blockSize;
                int first = random.Next(blocks - (bytes / blockSize));
                Memory<byte> own = memory.AsMemory(random.Next(64), bytes);
                ulong offset = (ulong)random.Next((1 << 20) - bytes + 1);
                switch (random.Next(5))
                {
                    case 0:
                        random.NextBytes(own.Span);
                        own.CopyTo(copy.AsMemory(first * blockSize));
                        await queue.WriteAsync(ns, origin + (ulong)first, own, Stop);
                        break;
                    case 1:
                        random.NextBytes(direct.Slice(offset, bytes));
                        direct.Slice(offset, bytes).CopyTo(copy.AsSpan(first * blockSize));
                        await queue.WriteAsync(ns, origin + (ulong)first, direct, offset, bytes, Stop);
                        break;
                    case 2:
                        own.Span.Fill(0xcc);
                        await queue.ReadAsync(ns, origin + (ulong)first, own, Stop);
                        Assert.True(own.Span.SequenceEqual(copy.AsSpan(first * blockSize, bytes)));
                        break;
                    case 3:
                        direct.Slice(offset, bytes).Fill(0xcc);
                        await queue.ReadAsync(ns, origin + (ulong)first, direct, offset, bytes, Stop);
                        Assert.True(direct.Slice(offset, bytes).SequenceEqual(copy.AsSpan(first * blockSize, bytes)));
                        break;
                    default:
                        copy.AsSpan(first * blockSize, bytes).Clear();
                        await queue.WriteZeroesAsync(ns, origin + (ulong)first, (ulong)(bytes / blockSize), Stop);
                        await queue.FlushAsync(ns, Stop);
                        break;
                }
            }

            await queue.DeallocateAsync(ns, new[] { new NvmeBlockRange(origin, (uint)blocks) }, Stop);
            await queue.ReadAsync(ns, origin, copy, Stop);
            Assert.False(copy.AsSpan().ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public async Task A_failed_command_fails_its_call_alone()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, block) => block == 100 ? new() { Status = 0x281 } : default;
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(cancellation: Stop);
        byte[] one = new byte[512];
        ValueTask before = queue.ReadAsync(ns, 99, one, Stop);
        ValueTask bad = queue.ReadAsync(ns, 100, new byte[512], Stop);
        ValueTask after = queue.ReadAsync(ns, 101, new byte[512], Stop);
        await before;
        NvmeException failure = await Assert.ThrowsAsync<NvmeException>(bad.AsTask);
        Assert.Equal((NvmeFailure.Command, 0x281), (failure.Failure, failure.Status));
        await after;
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_at_once_and_the_memory_is_written_no_more()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(4, Stop);
        byte[] seven = new byte[4096];
        seven.AsSpan().Fill(7);
        await queue.WriteAsync(ns, 0, seven, Stop);

        // All of the queue is taken by reads that last, longer than it takes to cancel them.
        int taken = 0;
        soft.Model.Inject = (_, _) => Interlocked.Increment(ref taken) <= 4 ? new() { Delay = TimeSpan.FromSeconds(4) } : default;
        using CancellationTokenSource cancel = new();
        byte[][] memory = [.. Enumerable.Range(0, 6).Select(static _ => new byte[4096])];
        ValueTask[] reads = [.. memory.Select(part => queue.ReadAsync(ns, 0, part, cancel.Token))];
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref taken) == 4, TimeSpan.FromSeconds(30)));
        await cancel.CancelAsync();
        foreach (ValueTask read in reads)
        {
            OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(read.AsTask);
            Assert.Equal(cancel.Token, cancelled.CancellationToken);
        }

        // Waits for the slow ones to be out of the way.
        await queue.ReadAsync(ns, 0, seven, Stop);
        Assert.All(memory, static part => Assert.False(part.AsSpan().ContainsAnyExcept((byte)0)));
        Assert.Equal(0, controller.AbortCount);
    }

    [Fact]
    public async Task Cancelling_gives_memory_for_DMA_back_when_its_commands_have_ended()
    {
        using SoftController soft = new();
        using ManualResetEventSlim begun = new();
        using ManualResetEventSlim goesOn = new();
        soft.Model.Inject = (_, _) =>
        {
            begun.Set();
            goesOn.Wait(Stop);
            return default;
        };
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(1, Stop);
        using DmaBuffer direct = soft.Device.AllocateDma(2 * (ulong)queue.MaximumTransfer);
        using CancellationTokenSource cancel = new();
        long completed = soft.Model.CommandsCompleted;
        ValueTask read = queue.ReadAsync(ns, 0, direct, 0, 2 * queue.MaximumTransfer, cancel.Token);
        begun.Wait(Stop);
        await cancel.CancelAsync();
        Assert.False(read.IsCompleted);
        goesOn.Set();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(read.AsTask);

        // One of two: not cut short, and not followed.
        Assert.Equal(completed + 1, soft.Model.CommandsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Memory_that_is_not_to_be_had_any_more_fails_its_call_alone(bool isRead)
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, block) => block == 100 ? new() { Delay = TimeSpan.FromMilliseconds(200) } : default;
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(1, Stop);
        ShyMemory<NvmeBlockRange> ranges = new([new NvmeBlockRange(0, 1)]);
        ShyMemory<byte> data = new(new byte[512]);
        Task before = queue.ReadAsync(ns, 100, new byte[512], Stop).AsTask();
        Task bad = isRead ? queue.ReadAsync(ns, 1, data.Memory, Stop).AsTask() : queue.DeallocateAsync(ns, ranges.Memory, Stop).AsTask();
        Task after = queue.FlushAsync(ns, Stop).AsTask();
        ranges.Hides = data.Hides = true;
        await before.WaitAsync(s_patience, Stop);
        await Assert.ThrowsAsync<NotSupportedException>(() => bad.WaitAsync(s_patience, Stop));
        await after.WaitAsync(s_patience, Stop);
        await queue.FlushAsync(ns, Stop).AsTask().WaitAsync(s_patience, Stop);
        Assert.Equal((0, 0), (controller.AbortCount, controller.ResetCount));
    }

    [Fact]
    public async Task Calls_end_where_the_device_is_disposed_under_the_controller()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, _) => new() { IsLost = true };
        NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeAsyncQueue queue = controller.CreateAsyncQueue(4, Stop);
        Task call = queue.ReadAsync(ns, 0, new byte[512], Stop).AsTask();
        soft.Device.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => call.WaitAsync(s_patience, Stop));
        queue.Dispose();
        controller.Dispose();
    }

    [Fact]
    public async Task Disposing_ends_every_call()
    {
        using SoftController soft = new();
        soft.Model.Inject = static (_, _) => new() { IsLost = true };
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 3, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeAsyncQueue first = controller.CreateAsyncQueue(2, Stop);
        NvmeAsyncQueue second = controller.CreateAsyncQueue(2, Stop);
        ValueTask[] calls = [.. Enumerable.Range(0, 5).Select(_ => first.ReadAsync(ns, 0, new byte[4096], Stop))];
        ValueTask[] others = [.. Enumerable.Range(0, 5).Select(_ => second.ReadAsync(ns, 0, new byte[4096], Stop))];
        first.Dispose();
        first.Dispose();
        controller.Dispose();
        foreach (ValueTask call in calls.Concat(others))
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(call.AsTask);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await first.FlushAsync(ns, Stop));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await second.FlushAsync(ns, Stop));
    }
}
