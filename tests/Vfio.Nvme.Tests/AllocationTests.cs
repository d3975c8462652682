namespace Vfio.Nvme.Tests;

[TestClass(DisableParallelization = true)] // Counts what the whole process allocates: the controller, too, and the pool's threads.
public sealed class AllocationTests
{
    private const int Commands = 4_000;
    private const int Callers = 40;

    // The runtime itself allocates now and then, and tests beside this one. An object for every command, of 24 bytes at least, is more.
    private const int Noise = 48 << 10;
    private const int Tries = 50;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_polled_command_allocates_nothing(bool useInterrupt)
    {
        using SoftController soft = new(store: "null");
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeQueue queue = controller.CreateQueue(32, useInterrupt, Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(4096);
        NvmeCompletion[] completions = new NvmeCompletion[32];
        byte[] ordinary = new byte[16384];
        Run(200);
        long all = long.MaxValue;
        for (int i = 0; i < Tries && all > Noise; i++)
        {
            all = GC.GetTotalAllocatedBytes(precise: true);
            long mine = GC.GetAllocatedBytesForCurrentThread();
            Run(Commands);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - mine);
            all = GC.GetTotalAllocatedBytes(precise: true) - all;
        }

        Assert.InRange(all, 0, Noise);

        void Run(int commands)
        {
            for (int done = 0; done < commands;)
            {
                while (queue.TryRead(ns, 0, 8, memory, 0, out _))
                {
                }

                queue.Ring();
                while (queue.UnderWay != 0)
                {
                    done += queue.Poll(completions);
                }

                queue.Write(ns, 0, ordinary, Stop);
                queue.Read(ns, 0, ordinary, Stop);
                queue.Read(ns, 0, memory, 0, 4096, Stop);
                queue.WriteZeroes(ns, 0, 8, Stop);
                queue.Deallocate(ns, new NvmeBlockRange(0, 8));
                queue.Flush(ns);
            }
        }
    }

    [Fact]
    public async Task An_awaited_call_allocates_nothing()
    {
        using SoftController soft = new(store: "null");
        using NvmeController controller = NvmeController.Start(soft.Device, vectors: 2, cancellation: Stop);
        NvmeNamespace ns = controller.IdentifyNamespace(1, Stop);
        using NvmeAsyncQueue queue = controller.CreateAsyncQueue(32, Stop);
        using DmaBuffer memory = soft.Device.AllocateDma(4096);
        using CancellationTokenSource cancel = new();
        byte[] ordinary = new byte[512 << 10];
        await Run(2000);
        long all = long.MaxValue;
        for (int i = 0; i < Tries && all > Noise; i++)
        {
            all = GC.GetTotalAllocatedBytes(precise: true);
            await Run(Commands);
            all = GC.GetTotalAllocatedBytes(precise: true) - all;
        }

        Assert.InRange(all, 0, Noise);

        // More callers than the queue is deep, and some calls that take several commands.
        Task Run(int commands) => Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Call(caller, commands / Callers), Stop)));

        async Task Call(int caller, int commands)
        {
            Memory<byte> own = ordinary.AsMemory(0, caller == 7 ? ordinary.Length : 4096);
            for (int i = 0; i < commands; i += 4)
            {
                await queue.ReadAsync(ns, 0, own, cancel.Token);
                await queue.WriteAsync(ns, 0, memory, 0, 4096, cancel.Token);
                await queue.WriteZeroesAsync(ns, 0, 8, cancel.Token);
                await queue.FlushAsync(ns, cancel.Token);
            }
        }
    }
}
