namespace Vfio.Nvme.Tests;

public sealed class TransferTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512, 64, false)]
    [InlineData(512, 1, false)]
    [InlineData(4096, 3, true)]
    [InlineData(4096, 1000, false)]
    public void Ordinary_memory_of_any_length_and_alignment_is_written_and_read(int blockSize, int depth, bool useInterrupt)
    {
        using SoftController soft = new(blockSize);
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(depth, useInterrupt, Stop);
        Random random = new(depth);
        byte[] copy = new byte[12 << 20];
        byte[] memory = new byte[(3 << 20) + 64];
        for (int i = 0; i < 60; i++)
        {
            int bytes = (1 + random.Next((1 << random.Next(9, 22)) / blockSize + 1)) * blockSize;
            bytes = Math.Min(bytes, 3 << 20);
            int first = random.Next((copy.Length - bytes) / blockSize);
            Span<byte> part = copy.AsSpan(first * blockSize, bytes);
            Span<byte> own = memory.AsSpan(random.Next(64), bytes);
            if (random.Next(2) == 0)
            {
                random.NextBytes(own);
                own.CopyTo(part);
                queue.Write(ns, (ulong)first, own, Stop);
            }
            else
            {
                own.Fill(0xcc);
                queue.Read(ns, (ulong)first, own, Stop);
                Assert.True(own.SequenceEqual(part));
            }
        }

        Assert.Equal(0, queue.UnderWay);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 3)]
    [InlineData(true, 4092)]
    [InlineData(false, 0)]
    [InlineData(false, 3)]
    [InlineData(false, 4092)]
    public void Memory_for_DMA_is_moved_from_any_offset_and_nothing_beside_it(bool useSgls, int offset)
    {
        const int Length = 1 << 20;
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(cancellation: Stop);
        queue.UsesSgls = useSgls;
        using DmaBuffer memory = soft.Device.AllocateDma(Length + 8192);
        byte[] data = new byte[Length];
        new Random(offset).NextBytes(data);
        data.CopyTo(memory.Slice((ulong)offset, Length));
        queue.Write(ns, 77, memory, (ulong)offset, Length, Stop);
        memory.Span.Fill(0xcc);
        queue.Read(ns, 77, memory, (ulong)offset, Length, Stop);
        Assert.True(memory.Slice((ulong)offset, Length).SequenceEqual(data));
        Assert.False(memory.Slice(0, offset).ContainsAnyExcept((byte)0xcc));
        Assert.False(memory.Span[(offset + Length)..].ContainsAnyExcept((byte)0xcc));
    }

    [Fact]
    public void Zeroes_are_written_to_more_blocks_than_one_command_takes_and_ranges_are_given_back()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(cancellation: Stop);
        byte[] data = new byte[SoftController.Size];
        data.AsSpan().Fill(7);
        queue.Write(ns, 0, data, Stop);
        queue.WriteZeroes(ns, 1, ns.Blocks - 2, Stop);
        queue.Read(ns, 0, data, Stop);
        Assert.False(data.AsSpan(0, 512).ContainsAnyExcept((byte)7));
        Assert.False(data.AsSpan(512, data.Length - 1024).ContainsAnyExcept((byte)0));
        Assert.False(data.AsSpan(data.Length - 512).ContainsAnyExcept((byte)7));
        queue.Deallocate(ns, new NvmeBlockRange(0, 1), new NvmeBlockRange(ns.Blocks - 1, 1));
        queue.Flush(ns);
        queue.Read(ns, 0, data, Stop);
        Assert.False(data.AsSpan().ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_anything_is_submitted()
    {
        using SoftController soft = new(4096);
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(8192);
        byte[] data = new byte[8192];
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Read(ns, ns.Blocks - 1, data, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Read(ns, ulong.MaxValue, data, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Write(ns, 0, data.AsSpan(0, 512), Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Read(ns, 0, memory, 4096, 8192, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Read(ns, 0, memory, ulong.MaxValue, 4096, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.WriteZeroes(ns, 1, ns.Blocks, Stop));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Deallocate(ns));
        Assert.Throws<ArgumentOutOfRangeException>(() => queue.Deallocate(ns, new NvmeBlockRange(ns.Blocks, 1)));
        Assert.Throws<OperationCanceledException>(() => queue.Read(ns, 0, data, new CancellationToken(canceled: true)));
        Assert.True(queue.TryRead(ns, 0, 1, memory, 0, out _));
        Assert.Throws<InvalidOperationException>(() => queue.Flush(ns));
    }

    [Fact]
    public void A_queue_that_is_disposed_gives_its_place_to_the_next()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeQueue first = controller.CreateQueue(cancellation: Stop);
        NvmeQueue second = controller.CreateQueue(cancellation: Stop);
        Assert.Equal([first, second], controller.Queues);
        for (int i = 0; i < 100; i++)
        {
            first.Dispose();
            first.Dispose();
            first = controller.CreateQueue(cancellation: Stop);
            Assert.Equal(1, first.Id);
            first.Flush(ns);
        }

        second.Flush(ns);
        Assert.Equal(2, second.Id);
    }
}
