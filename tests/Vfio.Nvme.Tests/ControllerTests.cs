using System.Buffers.Binary;

namespace Vfio.Nvme.Tests;

public sealed class ControllerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(9, true)]
    [InlineData(9, false)]
    [InlineData(11, false)]
    [InlineData(0, false)]
    public void Lists_of_pages_are_chained_as_far_as_the_controller_moves_data(int shift, bool useSgls)
    {
        using SoftController soft = new();
        soft.Model.TransferShift = shift;
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        Assert.Equal(shift == 0 ? 32 << 20 : 4096 << shift, queue.MaximumTransfer);
        queue.UsesSgls = useSgls;
        foreach (int bytes in new[] { queue.MaximumTransfer, 511 * 4096, 512 * 4096, 513 * 4096, (512 * 4096) + 512 })
        {
            int length = Math.Min(bytes, queue.MaximumTransfer);
            foreach (ulong offset in new ulong[] { 0, 4, 4092 })
            {
                using DmaBuffer memory = soft.Device.AllocateDma((ulong)length + 4096);
                byte[] data = new byte[length];
                new Random(bytes).NextBytes(data);
                data.CopyTo(memory.Slice(offset, length));
                Complete(queue, queue.TryWrite(ns, 3, length / 512, memory, offset, out _));
                memory.Span.Clear();
                Complete(queue, queue.TryRead(ns, 3, length / 512, memory, offset, out _));
                Assert.True(memory.Slice(offset, length).SequenceEqual(data));
            }
        }
    }

    [Fact]
    public void A_deep_queue_moves_less_at_once_and_as_many_commands_as_the_controller_takes()
    {
        using SoftController soft = new();
        soft.Model.TransferShift = 12;
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(controller.MaximumDepth, cancellation: Stop);
        Assert.Equal(2 << 20, queue.MaximumTransfer);
        using DmaBuffer memory = soft.Device.AllocateDma((ulong)queue.MaximumTransfer);
        int submitted = 0;
        while (queue.TryRead(ns, 0, 1, memory, 0, out _))
        {
            submitted++;
        }

        Assert.Equal(controller.MaximumDepth, submitted);
        Complete(queue, true);
        byte[] data = new byte[8 << 20];
        queue.Write(ns, 0, data, Stop);
        queue.Read(ns, 0, data, Stop);
    }

    [Fact]
    public async Task Events_are_told_as_they_come_and_after_a_reset()
    {
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        using NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        await using IAsyncEnumerator<NvmeEvent> events = controller.WatchEventsAsync(cancel.Token).GetAsyncEnumerator(Stop);
        for (int i = 0; i < 2; i++)
        {
            ValueTask<bool> next = events.MoveNextAsync();

            // A tail that is none: invalid doorbell value.
            soft.Device.Bars[0].Write32(NvmeRegisters.Doorbells + 8, 0x7777);
            Assert.True(await next);
            Assert.Equal(new NvmeEvent(NvmeEventKind.Error, 0x01, 0x01), events.Current);
            Assert.Equal(1u, controller.GetFeature(0x06, Stop));
            controller.Reset(Stop);
            queue.Flush(controller.IdentifyNamespace(1, Stop));
        }

        ValueTask<bool> last = events.MoveNextAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(last.AsTask);
    }

    [Fact]
    public void Every_page_of_namespaces_is_asked_for_and_none_that_does_not_rise_or_cannot_be_is_believed()
    {
        byte[] page = new byte[4096];
        for (uint i = 0; i < 1024; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan((int)i * 4), i + 1);
        }

        List<uint> namespaces = [];
        Assert.True(NvmeController.TryAddIds(page, 2000, namespaces));
        Assert.Equal(1024, namespaces.Count);
        Assert.Throws<NvmeException>(() => NvmeController.TryAddIds(page, 2000, namespaces));
        BinaryPrimitives.WriteUInt32LittleEndian(page, 1025);
        page.AsSpan(4).Clear();
        Assert.Throws<NvmeException>(() => NvmeController.TryAddIds(page, 1024, namespaces));
        Assert.False(NvmeController.TryAddIds(page, 1025, namespaces));
        Assert.Equal(1025u, namespaces[^1]);
    }

    [Fact]
    public void A_controller_that_lists_namespaces_without_end_is_not_listened_to()
    {
        byte[] page = new byte[4096];
        List<uint> namespaces = [];
        NvmeException end = Assert.Throws<NvmeException>(TakePages);
        Assert.Equal(NvmeFailure.Unusable, end.Failure);
        Assert.Equal(65_536, namespaces.Count);

        void TakePages()
        {
            while (namespaces.Count < 1 << 20)
            {
                for (uint i = 0; i < 1024; i++)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan((int)i * 4), (uint)namespaces.Count + 1 + i);
                }

                Assert.True(NvmeController.TryAddIds(page, uint.MaxValue, namespaces));
            }
        }
    }

    [Fact]
    public void Errors_are_listed_up_to_the_first_entry_that_holds_none()
    {
        byte[] page = new byte[3 * NvmeErrorEntry.Size];
        BinaryPrimitives.WriteUInt64LittleEndian(page, 5);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(8), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(10), 77);
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan(12), 0x281 << 1);
        BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(16), 1234);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(24), 1);
        page[NvmeErrorEntry.Size * 2] = 9;
        Assert.Equal([new NvmeErrorEntry(5, 3, 77, 0x281, 1234, 1)], NvmeErrorEntry.ParseAll(page));
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        Assert.Empty(controller.ReadErrors(Stop));
    }

    [Fact]
    public void A_namespace_that_mixes_metadata_into_its_data_is_not_touched()
    {
        byte[] page = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(page, 1000);
        page[26] = 0x10;
        page[128] = 8;
        page[130] = 9;
        NvmeNamespace ns = NvmeNamespace.Parse(1, page);
        Assert.Equal(0, ns.BlockSize);
        using SoftController soft = new();
        using NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        using NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(4096);
        Assert.Throws<NvmeException>(() => queue.TryRead(ns, 0, 1, memory, 0, out _));
        Assert.Throws<NvmeException>(() => queue.Read(ns, 0, new byte[512], Stop));
    }

    [Fact]
    public void A_controller_that_is_disposed_says_so()
    {
        using SoftController soft = new();
        NvmeController controller = NvmeController.Start(soft.Device, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        NvmeQueue queue = controller.CreateQueue(4, cancellation: Stop);
        controller.Dispose();
        controller.Dispose();
        queue.Dispose();
        Assert.Throws<ObjectDisposedException>(() => controller.Identify(Stop));
        Assert.Throws<ObjectDisposedException>(() => controller.Reset(Stop));
        Assert.Throws<ObjectDisposedException>(() => queue.Flush(ns));
        using NvmeController again = NvmeController.Start(soft.Device, cancellation: Stop);
        Assert.Equal([1u], again.ListNamespaces(Stop));
    }

    private static void Complete(NvmeQueue queue, bool isSubmitted)
    {
        Assert.True(isSubmitted);
        queue.Ring();
        Span<NvmeCompletion> one = stackalloc NvmeCompletion[1];
        while (queue.UnderWay != 0)
        {
            if (queue.Poll(one) != 0)
            {
                one[0].ThrowIfFailed("command");
            }
        }
    }
}
