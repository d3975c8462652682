using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>The loop behind user's eventfds, in a program that closes descriptors it never opened: close_range from 3 on is a common start.</summary>
[TestClass(DisableParallelization = true)] // Closes descriptors behind their owner's back.
public sealed class EventLoopTests : IDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private readonly Machine _machine = new("q35-intel");
    private readonly CountingHost _host = new(Machine.Host);
    private readonly EventLoop _loop;
    private int _acted;

    public EventLoopTests() => _loop = new EventLoop(_host);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_loop_whose_epoll_instance_was_closed_while_it_waited_goes_on_with_another()
    {
        (int eventfd, EventWatcher? watcher) = Watch();
        CloseEpoll();
        Signal(eventfd, 1);
        Signal(eventfd, 2);

        watcher!.Stop();
        Assert.True(SpinWait.SpinUntil(() => !_loop.IsRunning, s_long));
        Machine.Host.Close(eventfd);
    }

    [Fact]
    public void One_more_can_be_watched_before_the_loop_has_seen_that_it_lost_its_epoll_instance()
    {
        (int first, EventWatcher? one) = Watch();
        CloseEpoll();
        (int second, EventWatcher? two) = Watch();
        Assert.NotNull(two);
        Signal(first, 1);
        Signal(second, 2);
        Signal(first, 3);

        one!.Stop();
        two.Stop();
        Assert.True(SpinWait.SpinUntil(() => !_loop.IsRunning, s_long));
        Machine.Host.Close(first);
        Machine.Host.Close(second);
    }

    [Fact]
    public void A_loop_that_lost_everything_ends_and_the_next_eventfd_starts_another()
    {
        (int first, EventWatcher? one) = Watch();
        (int gone, EventWatcher? two) = Watch();
        CloseEpoll();
        Machine.Host.Close(one!.Trigger.Descriptor);
        Machine.Host.Close(two!.Trigger.Descriptor);
        Machine.Host.Close(gone);
        Signal(first, 1);
        Assert.True(SpinWait.SpinUntil(() => !_loop.IsRunning, s_long));
        one.Stop();
        two.Stop();

        (int second, EventWatcher? three) = Watch();
        Signal(second, 2);
        three!.Stop();
        Assert.True(SpinWait.SpinUntil(() => !_loop.IsRunning, s_long));
        Machine.Host.Close(first);
        Machine.Host.Close(second);
    }

    [Fact]
    public void A_loop_whose_own_eventfd_was_closed_ends_all_the_same_and_holds_nothing()
    {
        (int eventfd, EventWatcher? watcher) = Watch();
        Machine.Host.Close(Held("eventfd"));
        Signal(eventfd, 1);

        watcher!.Stop();
        Assert.True(SpinWait.SpinUntil(() => !_loop.IsRunning, s_long));
        Assert.DoesNotContain(_host.Held, static held => held.EndsWith(": epoll", StringComparison.Ordinal));
        Machine.Host.Close(eventfd);
    }

    private (int Descriptor, EventWatcher? Watcher) Watch()
    {
        int eventfd = Machine.Host.Eventfd(0, EventfdFlags.NonBlocking);
        Assert.Equal(Errno.None, EventTrigger.Take(Machine.Host, _machine.Calls.Task, eventfd, out EventTrigger? trigger));
        return (eventfd, _loop.Watch(trigger!, () => Interlocked.Increment(ref _acted)));
    }

    /// <summary>As the program would: not through what the loop closes it by.</summary>
    private void CloseEpoll() => Machine.Host.Close(Held("epoll"));

    private int Held(string what)
        => int.Parse(_host.Held.Single(held => held.EndsWith($": {what}", StringComparison.Ordinal))["fd ".Length..^$": {what}".Length]);

    /// <summary>One signal is one act, seen before the next.</summary>
    private void Signal(int eventfd, int acted)
    {
        Machine.Host.Write(eventfd, [1, 0, 0, 0, 0, 0, 0, 0]);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _acted) == acted, s_long), $"{_acted} of {acted}");
    }
}
