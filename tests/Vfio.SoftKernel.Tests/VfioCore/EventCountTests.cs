using System.Buffers.Binary;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>What the kernel does to a program's eventfd, and never waits for.</summary>
public sealed class EventCountTests
{
    private const ulong Full = ulong.MaxValue - 1;
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(60);

    private static ISystemCalls Host => Machine.Host;

    [Theory]
    [InlineData(EventfdFlags.None)]
    [InlineData(EventfdFlags.NonBlocking)]
    public void Every_signal_is_counted_whoever_else_signals(EventfdFlags flags)
    {
        const int Threads = 4;
        const int Signals = 5000;
        int eventfd = Host.Eventfd(0, flags);
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, _ =>
        {
            for (int i = 0; i < Signals; i++)
            {
                EventCount.Add(eventfd);
            }
        });
        Assert.Equal(Threads * (ulong)Signals, Read(eventfd));
        Host.Close(eventfd);
    }

    [Fact]
    public async Task A_full_count_that_blocks_is_not_waited_for_and_goes_to_the_last_number_as_on_Linux()
    {
        int eventfd = Host.Eventfd(0, EventfdFlags.None);
        Write(eventfd, Full);
        await Task.Run(() => EventCount.Add(eventfd), TestContext.Current.CancellationToken).WaitAsync(s_long, TestContext.Current.CancellationToken);
        EventCount.Add(eventfd);
        Assert.Equal(ulong.MaxValue, Read(eventfd));
        Host.Close(eventfd);
    }

    [Fact]
    public async Task A_full_count_that_does_not_block_stays_full()
    {
        int eventfd = Host.Eventfd(0, EventfdFlags.NonBlocking);
        Write(eventfd, Full);
        await Task.Run(() => EventCount.Add(eventfd), TestContext.Current.CancellationToken).WaitAsync(s_long, TestContext.Current.CancellationToken);
        Assert.Equal(Full, Read(eventfd));
        Host.Close(eventfd);
    }

    [Theory]
    [InlineData(EventfdFlags.None)]
    [InlineData(EventfdFlags.NonBlocking)]
    public async Task Whoever_waits_is_woken(EventfdFlags flags)
    {
        int eventfd = Host.Eventfd(0, flags);
        Task<int> waiter = Task.Factory.StartNew(
            () =>
            {
                Span<PollFd> awaited = [new PollFd(eventfd, PollEvents.In)];
                return Host.Poll(awaited, (int)s_long.TotalMilliseconds);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        EventCount.Add(eventfd);
        Assert.Equal(1, await waiter);
        Assert.Equal(1UL, Read(eventfd));
        Host.Close(eventfd);
    }

    [Fact]
    public void A_count_is_taken_and_none_is_not_waited_for()
    {
        int eventfd = Host.Eventfd(7, EventfdFlags.None);
        EventCount.Take(eventfd);
        EventCount.Take(eventfd);
        EventCount.Add(eventfd);
        Assert.Equal(1UL, Read(eventfd));
        Host.Close(eventfd);
    }

    private static ulong Read(int eventfd)
    {
        byte[] count = new byte[8];
        Assert.Equal(8, Host.Read(eventfd, count));
        return BinaryPrimitives.ReadUInt64LittleEndian(count);
    }

    private static void Write(int eventfd, ulong count)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, count);
        Assert.Equal(8, Host.Write(eventfd, bytes));
    }
}
