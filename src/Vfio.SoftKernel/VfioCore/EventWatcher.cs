namespace Vfio.SoftKernel.VfioCore;

/// <summary>Something done each time a user's eventfd is signalled. Linux: struct virqfd. Made and ended by an <see cref="EventLoop"/>.</summary>
/// <param name="loop">Whose it is.</param>
/// <param name="id">Its number there.</param>
/// <param name="trigger">The eventfd.</param>
/// <param name="act">What is done, on the loop's thread.</param>
internal sealed class EventWatcher(EventLoop loop, ulong id, EventTrigger trigger, Action act)
{
    /// <summary>Its number in its loop.</summary>
    public ulong Id { get; } = id;

    /// <summary>The eventfd.</summary>
    public EventTrigger Trigger { get; } = trigger;

    /// <summary>What is done.</summary>
    public Action Act { get; } = act;

    /// <summary>vfio_virqfd_disable: ends it; an action already running may still end after this returns.</summary>
    public void Stop() => loop.Stop(this);
}
