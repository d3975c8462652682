using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class InterruptVectorTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);
    private readonly ScriptedKernel _kernel = new();
    private readonly VfioDevice _device;
    private readonly InterruptSet _set;

    public InterruptVectorTests()
    {
        _device = VfioDevice.OpenByNode(_kernel, PciAddress.Parse("00:01.0"), ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
        _set = _device.EnableMsi(2);
    }

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Every_way_to_read_takes_the_whole_count()
    {
        Assert.False(_set[0].TryRead(out ulong count));
        Assert.Equal(0u, count);
        Fire(0, 3);
        Assert.True(_set[0].TryRead(out count));
        Assert.Equal(3u, count);
        Fire(0, 2);
        Assert.Equal(2u, _set[0].Wait(s_long, TestContext.Current.CancellationToken));
        Assert.Equal(0u, _set[0].Wait(TimeSpan.FromMilliseconds(1), TestContext.Current.CancellationToken));
        Assert.Equal(0u, _set[1].Wait(TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_asynchronous_wait_completes_when_it_fires_again_and_again()
    {
        for (int i = 1; i <= 50; i++)
        {
            ValueTask<ulong> wait = _set[i % 2].WaitAsync(TestContext.Current.CancellationToken);
            Assert.False(wait.IsCompleted);
            Fire(i % 2, (ulong)i);
            Assert.Equal((ulong)i, await wait);
        }
    }

    [Fact]
    public async Task Interrupts_raced_against_cancellation_are_counted_once_each()
    {
        const int Rounds = 400;
        ulong seen = 0;
        Task firing = Task.Run(
            () =>
            {
                for (int i = 0; i < Rounds; i++)
                {
                    Fire(0, 1);
                    Thread.SpinWait(500);
                }
            },
            TestContext.Current.CancellationToken);
        int cancelled = 0;
        while (seen < Rounds)
        {
            using CancellationTokenSource source = new();
            ValueTask<ulong> wait = _set[0].WaitAsync(source.Token);
            if (seen % 3 == 0)
            {
                await source.CancelAsync();
            }

            try
            {
                seen += await wait.AsTask().WaitAsync(s_long, TestContext.Current.CancellationToken);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
                seen += _set[0].TryRead(out ulong count) ? count : 0;
                Assert.True(cancelled < 10_000_000);
            }
        }

        await firing;
        Assert.Equal((ulong)Rounds, seen);
        Assert.False(_set[0].TryRead(out _));
    }

    [Fact]
    public async Task A_count_that_comes_after_its_wait_was_cancelled_stays_for_the_next_read()
    {
        using CancellationTokenSource source = new();
        ValueTask<ulong> wait = _set[0].WaitAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(wait.AsTask);
        Fire(0, 5);

        // One thread sees to all vectors, in the order they fired: when the second's wait is over it has passed the first.
        ValueTask<ulong> barrier = _set[1].WaitAsync(TestContext.Current.CancellationToken);
        Fire(1, 1);
        Assert.Equal(1u, await barrier);
        Assert.True(_set[0].TryRead(out ulong count));
        Assert.Equal(5u, count);
    }

    [Fact]
    public void Reading_and_waiting_allocate_nothing()
    {
        Region bar = _device.Bars[0];
        const int rounds = 1000;
        long before = 0;
        for (int round = 0; round < 2; round++)
        {
            // The first round compiles and makes what is kept.
            before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < rounds; i++)
            {
                bar.Write32(16, bar.Read32(8) + bar.Read8(3));
                _ = _set[0].TryRead(out _);
                _ = _set[0].Wait(TimeSpan.FromTicks(1), CancellationToken.None);
            }
        }

        // Less than the smallest object a round: a collection meanwhile counts what was left of the thread's allocation buffer.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (24 * rounds) - 1);
    }

    [Fact]
    public async Task Cancelling_one_blocking_wait_leaves_the_others()
    {
        using CancellationTokenSource source = new();
        Task<ulong> first = Block(source.Token);
        Task<ulong> second = Block(CancellationToken.None);
        await source.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => first.WaitAsync(s_long, TestContext.Current.CancellationToken));
        Assert.False(second.IsCompleted);
        Fire(0, 1);
        Assert.Equal(1u, await second.WaitAsync(s_long, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Disposing_the_set_ends_every_wait_and_disables_it_once()
    {
        Task<ulong> asynchronous = _set[0].WaitAsync(CancellationToken.None).AsTask();
        Task<ulong> blocking = Block(CancellationToken.None);
        Task<ulong> cancellable = Block(new CancellationTokenSource().Token);
        _set.Dispose();
        _set.Dispose();
        foreach (Task<ulong> wait in (Task<ulong>[])[asynchronous, blocking, cancellable])
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(s_long, TestContext.Current.CancellationToken));
        }

        Assert.Throws<ObjectDisposedException>(() => _set[0].TryRead(out _));
        Assert.Equal(1, _kernel.Log.Count(static call => call == "SET_IRQS Msi off"));
        _device.EnableIntx().Unmask();
        Assert.Contains("SET_IRQS Intx unmask", _kernel.Log);
    }

    [Fact]
    public async Task A_vector_closed_while_its_count_is_about_to_be_taken_ends_the_wait()
    {
        Task<ulong> wait = _set[0].WaitAsync(CancellationToken.None).AsTask();
        _set[0].Eventfd.Dispose();
        _set[0].Readable.OnReadable();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(s_long, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_wait_that_cannot_be_armed_says_so_and_leaves_room_for_the_next()
    {
        _kernel.Answers["epoll modify"] = -(int)Errno.ENOMEM;
        Task<ulong> unarmed = _set[0].WaitAsync(CancellationToken.None).AsTask();
        VfioException e = await Assert.ThrowsAsync<VfioException>(() => unarmed);
        Assert.Equal((Errno.ENOMEM, "epoll_ctl"), (e.Errno, e.Operation));
        _kernel.Answers.Clear();
        Task<ulong> wait = _set[0].WaitAsync(CancellationToken.None).AsTask();
        Fire(0, 2);
        Assert.Equal(2u, await wait.WaitAsync(s_long, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task There_is_one_asynchronous_wait_at_a_time()
    {
        Task<ulong> wait = _set[0].WaitAsync(CancellationToken.None).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _set[0].WaitAsync(CancellationToken.None).AsTask());
        Assert.False(wait.IsCompleted);
        Fire(0, 3);
        Assert.Equal(3u, await wait.WaitAsync(s_long, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_kernels_request_reaches_its_event_each_time()
    {
        using SemaphoreSlim asked = new(0);
        _device.ReleaseRequested += (_, _) => asked.Release();
        InterruptSet request = _device.RequestInterrupt!;
        for (int i = 0; i < 3; i++)
        {
            _ = request[0].Eventfd.Write(BitConverter.GetBytes(1UL));
            Assert.True(await asked.WaitAsync(s_long, TestContext.Current.CancellationToken));
        }

        Assert.Equal(InterruptKind.Request, request.Kind);
    }

    private void Fire(int vector, ulong count) => Assert.Equal(8, _set[vector].Eventfd.Write(BitConverter.GetBytes(count)));

    /// <summary>A blocking wait on a thread of its own, begun when this returns or soon after: what follows must hold either way.</summary>
    private Task<ulong> Block(CancellationToken token) =>
        Task.Factory.StartNew(
            () => _set[0].Wait(Timeout.InfiniteTimeSpan, token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
}
