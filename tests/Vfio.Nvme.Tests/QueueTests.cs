namespace Vfio.Nvme.Tests;

public sealed class QueueTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_controller_says_who_it_is()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeIdentity identity = controller.Identify(Stop);
        Assert.Equal("vfio-dotnet NVMe", identity.Model);
        Assert.Equal(new Version(1, 4, 0), controller.Version);
        Assert.Equal([1u], controller.ListNamespaces(Stop));
        Assert.Equal(new NvmeNamespace(1, 131072, 512), controller.IdentifyNamespace(1, Stop));
        Assert.Equal(313, controller.ReadHealth(Stop).Temperature);
        Assert.True(controller.InterruptsReceived > 0);
        Assert.Equal([new NvmeFormat(512, 0, 0, true)], controller.ListFormats(1, Stop));
        Assert.Equal(new NvmeLimits(64, controller.MaximumDepth, 512 << 10), controller.ReadLimits(Stop));
    }

    [Theory]
    [InlineData(512, false)]
    [InlineData(4096, false)]
    [InlineData(512, true)]
    public void What_is_written_is_read_at_every_length_and_offset(int blockSize, bool isMapped)
    {
        using SoftController soft = new(blockSize, isMapped: isMapped);
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeQueue queue = controller.CreateQueue(16, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma((ulong)queue.MaximumTransfer + 8192);
        Random random = new(blockSize);
        byte[] copy = new byte[8 << 20];
        for (int i = 0; i < 300; i++)
        {
            int blocks = 1 + random.Next(Math.Min(queue.MaximumTransfer, 1 << random.Next(12, 20)) / blockSize);
            int bytes = blocks * blockSize;
            ulong first = (ulong)random.Next((copy.Length - bytes) / blockSize);
            ulong offset = (ulong)random.Next(1024) * 4;
            bool writes = random.Next(2) == 0;
            Span<byte> part = copy.AsSpan((int)first * blockSize, bytes);
            if (writes)
            {
                random.NextBytes(part);
                part.CopyTo(memory.Slice(offset, bytes));
            }
            else
            {
                memory.Slice(offset, bytes).Fill(0xcc);
            }

            Assert.True(writes ? queue.TryWrite(ns, first, blocks, memory, offset, out _) : queue.TryRead(ns, first, blocks, memory, offset, out _));
            queue.Ring();
            Wait(queue).ThrowIfFailed("transfer");
            Assert.True(memory.Slice(offset, bytes).SequenceEqual(part));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void As_many_commands_as_the_queue_is_deep_are_under_way_and_all_are_answered(bool isMapped)
    {
        using SoftController soft = new(isMapped: isMapped);
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeQueue queue = controller.CreateQueue(128, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(128 * 4096);
        HashSet<ushort> tags = [];
        for (int i = 0; i < 128; i++)
        {
            Assert.True(queue.TryRead(ns, (ulong)i * 8, 8, memory, (ulong)i * 4096, out ushort tag));
            Assert.True(tags.Add(tag));
        }

        Assert.False(queue.TryRead(ns, 0, 8, memory, 0, out _));
        queue.Ring();
        while (tags.Count > 0)
        {
            NvmeCompletion completion = Wait(queue);
            Assert.True(completion.Succeeded);
            Assert.True(tags.Remove(completion.Tag));
        }

        Assert.Equal(0, queue.UnderWay);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Completions_fire_the_queues_own_vector(bool isMapped)
    {
        using SoftController soft = new(isMapped: isMapped);
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 3, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        controller.CreateQueue(4, useInterrupt: true, Stop);
        NvmeQueue queue = controller.CreateQueue(4, useInterrupt: true, Stop);
        Assert.Equal(2, queue.Vector!.Index);
        Assert.True(queue.TryFlush(ns, out _));
        queue.Ring();
        Assert.True(queue.Vector.Wait(TimeSpan.FromSeconds(10), Stop) > 0);
        Wait(queue).ThrowIfFailed("Flush");
    }

    [Fact]
    public void Zeroes_are_written_without_data()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(4096);
        memory.Span.Fill(7);
        Assert.True(queue.TryWrite(ns, 0, 8, memory, 0, out _));
        queue.Ring();
        Wait(queue).ThrowIfFailed("Write");
        Assert.True(queue.TryWriteZeroes(ns, 2, 3, out _));
        queue.Ring();
        Wait(queue).ThrowIfFailed("Write Zeroes");
        Assert.True(queue.TryRead(ns, 0, 8, memory, 0, out _));
        queue.Ring();
        Wait(queue).ThrowIfFailed("Read");
        Assert.False(memory.Slice(0, 1024).ContainsAnyExcept((byte)7));
        Assert.False(memory.Slice(1024, 1536).ContainsAnyExcept((byte)0));
        Assert.False(memory.Slice(2560, 1536).ContainsAnyExcept((byte)7));
    }

    [Fact]
    public async Task A_queue_can_be_made_after_the_wait_for_one_was_cancelled()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        controller.ReadLimits(Stop);
        soft.Model.IsDead = true;
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(100));
        Task<NvmeQueue?> made = Task.Run(
            () =>
            {
                try
                {
                    return controller.CreateQueue(4, cancellation: cancel.Token);
                }
                catch (OperationCanceledException)
                {
                    return null;
                }
            },
            Stop);
        await Task.WhenAny(made, Task.Delay(300, Stop));
        soft.Model.IsDead = false;

        // A doorbell of no queue: it looks what there is to do.
        soft.Device.Bars[0].Write32(NvmeRegisters.Doorbells + (60 * 8), 0);
        (await made)?.Dispose();
        using NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        queue.Read(ns, 0, new byte[512], Stop);
        Assert.Equal(0, controller.ResetCount);
    }

    [Fact]
    public async Task Queues_that_are_polled_take_no_vector_from_those_that_wait()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 3, cancellation: Stop);
        using NvmeQueue polled = controller.CreateQueue(4, cancellation: Stop);
        using NvmeQueue first = controller.CreateQueue(4, useInterrupt: true, Stop);
        using NvmeQueue second = controller.CreateQueue(4, useInterrupt: true, Stop);
        Assert.Equal((1, 2), (first.Vector!.Index, second.Vector!.Index));
        Assert.Throws<InvalidOperationException>(() => controller.CreateQueue(4, useInterrupt: true, Stop));
        first.Dispose();
        using NvmeAsyncQueue third = controller.CreateAsyncQueue(4, Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        await third.FlushAsync(ns, Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Stop);
        Assert.True(second.TryFlush(ns, out _));
        second.Ring();
        Assert.True(second.Vector.Wait(TimeSpan.FromSeconds(30), Stop) > 0);
        Wait(second).ThrowIfFailed("Flush");
    }

    private static NvmeCompletion Wait(NvmeQueue queue)
    {
        Span<NvmeCompletion> one = stackalloc NvmeCompletion[1];
        while (queue.Poll(one) == 0)
        {
            Thread.Yield();
        }

        return one[0];
    }
}
