namespace Vfio.Hardware.Models;

/// <summary>How a thread that serves a controller sleeps, and how it is woken. One thread's: the one before may still be on its way out.</summary>
internal sealed class NvmeRest
{
    private readonly object _bed = new();
    private bool _sleeps;
    private bool _woken;

    /// <summary>What is stored before <see cref="WakeIfAsleep"/> is seen after this, or its caller sees this.</summary>
    public void Begin()
    {
        Volatile.Write(ref _sleeps, true);
        Interlocked.MemoryBarrier();
    }

    public void Wait(int milliseconds)
    {
        lock (_bed)
        {
            if (!_woken)
            {
                Monitor.Wait(_bed, milliseconds);
            }

            _woken = false;
        }
    }

    public void End() => Volatile.Write(ref _sleeps, false);

    public void Wake()
    {
        lock (_bed)
        {
            _woken = true;
            Monitor.Pulse(_bed);
        }
    }

    public void WakeIfAsleep()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeps))
        {
            Wake();
        }
    }
}
