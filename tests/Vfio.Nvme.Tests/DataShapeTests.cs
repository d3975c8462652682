namespace Vfio.Nvme.Tests;

/// <summary>One command's data in every shape: from one block to all that a command moves, at every kind of offset, by pages, lists of pages and SGLs.</summary>
public sealed class DataShapeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(512, true, false)]
    [InlineData(512, false, false)]
    [InlineData(512, false, true)]
    [InlineData(4096, true, true)]
    [InlineData(4096, false, false)]
    public void Each_length_at_each_offset_is_written_and_read_and_nothing_beside_it(int blockSize, bool useSgls, bool isMapped)
    {
        using SoftController soft = new(blockSize, isMapped: isMapped);
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(1, cancellation: Stop);
        queue.UsesSgls = useSgls;
        const int Around = 4096;
        using DmaBuffer memory = soft.Device.AllocateDma((ulong)queue.MaximumTransfer + (2 * Around));
        byte[] medium = new byte[queue.MaximumTransfer + (8 * blockSize)];
        Random random = new(blockSize);
        foreach (int bytes in Lengths(blockSize, queue.MaximumTransfer))
        {
            foreach (int offset in new[] { 0, 4, 8, 508, 512, 2048, 4092 })
            {
                // No two commands have the same place.
                int at = random.Next(8) * blockSize;
                Span<byte> data = medium.AsSpan(at, bytes);
                random.NextBytes(data);
                data.CopyTo(memory.Slice((ulong)offset, bytes));
                Complete(queue, queue.TryWrite(ns, (ulong)(at / blockSize), bytes / blockSize, memory, (ulong)offset, out _));
                memory.Span.Fill(0xcc);
                Complete(queue, queue.TryRead(ns, (ulong)(at / blockSize), bytes / blockSize, memory, (ulong)offset, out _));
                Assert.True(memory.Slice((ulong)offset, bytes).SequenceEqual(data), $"{bytes} bytes at offset {offset}");
                Assert.False(memory.Slice(0, offset).ContainsAnyExcept((byte)0xcc), $"before {bytes} bytes at offset {offset}");
                Assert.False(memory.Slice((ulong)(offset + bytes), Around).ContainsAnyExcept((byte)0xcc), $"after {bytes} bytes at offset {offset}");
            }
        }

        // What stood beside them on the medium is as it was.
        byte[] all = new byte[medium.Length];
        queue.Read(ns, 0, all, Stop);
        Assert.True(all.AsSpan().SequenceEqual(medium));
    }

    /// <summary>One block and two, around one page, two, three, and a list of them, and around the most.</summary>
    private static IEnumerable<int> Lengths(int blockSize, int most)
        => new[] { 0, 4096, 8192, 12288, 65536, 131072, most }
            .SelectMany(around => new[] { around - blockSize, around, around + blockSize, around + (2 * blockSize) })
            .Where(bytes => bytes > 0 && bytes <= most)
            .Distinct();

    private static void Complete(NvmeQueue queue, bool isSubmitted)
    {
        Assert.True(isSubmitted);
        queue.Ring();
        Span<NvmeCompletion> one = stackalloc NvmeCompletion[1];
        while (queue.Poll(one) == 0)
        {
            Thread.Yield();
        }

        one[0].ThrowIfFailed("command");
    }
}
