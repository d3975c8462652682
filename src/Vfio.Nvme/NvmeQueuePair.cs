using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vfio.Nvme;

/// <summary>
/// A pair of I/O queues of the controller's: what it takes to make it anew after a reset, the watch over its commands, and its bounce memory. One thread at a time; allocates
/// nothing per command.
/// </summary>
/// <remarks>
/// A reset is any thread's: it stops the controller and moves its epoch, and touches nothing here. The pair's own thread finds the epoch moved, ends what was under way and
/// has the queues made again. What it stored to a doorbell meanwhile found no queue.
/// </remarks>
internal sealed class NvmeQueuePair
{
    private const int MostBounce = 8 << 20;
    private const int LargestBounce = 128 << 10;
    private const uint PollsPerGlance = 256;

    // So often the clock decides whether commands are late; between two a controller that is gone is not noticed.
    private static readonly long s_glance = Stopwatch.Frequency / 20;

    private readonly NvmeController _controller;
    private readonly DmaBuffer _memory;
    private readonly NvmeRing _ring;

    // Of each tag, the command that was seen under it last and when it was seen first; when its Abort was asked for, that time, negative.
    private readonly uint[] _seen;
    private readonly long[] _since;
    private DmaBuffer? _bounce;
    private long _nextGlance;
    private uint _polls;

    public NvmeQueuePair(NvmeController controller, int id, NvmeRing ring, DmaBuffer memory, int mostBytes, InterruptVector? vector)
    {
        _controller = controller;
        _memory = memory;
        _ring = ring;
        _seen = new uint[ring.Depth];
        _since = new long[ring.Depth];
        Id = id;
        MostBytes = mostBytes;
        Vector = vector;
        BounceBytes = Math.Min(mostBytes, Math.Clamp(1 << BitOperations.Log2((uint)(MostBounce / ring.Depth)), NvmeRing.PageSize, LargestBounce));
    }

    public int Id { get; }

    public NvmeRing Ring => _ring;

    /// <summary>The most that one command moves.</summary>
    public int MostBytes { get; }

    /// <summary>The most that one command moves through bounce memory: each has so much of it to itself until it is answered.</summary>
    public int BounceBytes { get; }

    public InterruptVector? Vector { get; }

    /// <summary>How long a wait for an interrupt lasts before the clock is looked at.</summary>
    public TimeSpan Tick => TimeSpan.FromMilliseconds(Math.Clamp(_controller.CommandTimeout.TotalMilliseconds / 8, 10, 500));

    /// <summary>The controller's epoch that the queues belong to.</summary>
    public int Epoch { get; set; }

    /// <summary>The controller was reset, or is gone, since the queues were made: it answers nothing of what is under way.</summary>
    public bool IsStale
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _controller.Epoch != Epoch;
    }

    /// <summary>
    /// Commands can be submitted; after a reset, once all that were under way are taken, the queues are made again for it.
    /// </summary>
    /// <exception cref="NvmeException">The controller is gone, or did not come back.</exception>
    public bool TryBeReady() => !IsStale || TryMakeAgain();

    /// <summary>Tells the controller of what was submitted.</summary>
    public void Announce()
    {
        if (IsStale)
        {
            return;
        }

        try
        {
            _ring.Ring();
        }
        catch (VfioException)
        {
            // Registers that are not to be reached: a controller that is gone.
            _controller.IsWell(Epoch);
        }
    }

    /// <summary>Takes what became of commands. Now and then looks for those that are late, which can wait for the controller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Poll(Span<NvmeCompletion> completions)
    {
        if (IsStale)
        {
            return TakeLost(completions);
        }

        // Who waits for an interrupt polls seldom: each time that nothing came he looks at the clock. The next one may depend on the answers being acknowledged.
        int count = Vector is null ? _ring.Take(completions) : _ring.Poll(completions);
        return ++_polls % PollsPerGlance == 0 || (count == 0 && Vector is not null) ? LookAfter(count, completions) : count;
    }

    /// <summary>Acts on commands that are late, and on a controller that stopped. Where it does, it waits for the controller.</summary>
    private void Watch()
    {
        long now = Stopwatch.GetTimestamp();
        if (!IsTimeToLook(now))
        {
            return;
        }

        while (!IsStale && TryFindLate(now, out ushort id, out bool wasAborted))
        {
            ActOn(id, wasAborted);
        }
    }

    /// <summary>Some time has gone since the last look, commands are under way, and the controller is well as far as its registers say.</summary>
    public bool IsTimeToLook(long now)
    {
        if (now < _nextGlance)
        {
            return false;
        }

        _nextGlance = now + s_glance;
        return _ring.UnderWay != 0 && _controller.IsWell(Epoch);
    }

    /// <summary>A command that is late; each is found once, and once more when it is still there as long again after its Abort.</summary>
    public bool TryFindLate(long now, out ushort id, out bool wasAborted)
    {
        long patience = (long)(_controller.CommandTimeout.TotalSeconds * Stopwatch.Frequency);
        for (int i = 0; i < _seen.Length; i++)
        {
            uint use = _ring.UseOf(i);
            ref long since = ref _since[i];
            if (use != _seen[i])
            {
                _seen[i] = use;
                since = now;
            }
            else if (use != 0 && now - Math.Abs(since) > patience)
            {
                (id, wasAborted) = ((ushort)use, since < 0);
                since = -now;
                return true;
            }
        }

        (id, wasAborted) = (0, false);
        return false;
    }

    /// <summary>Has a late command aborted; where that did not help, the controller reset.</summary>
    public void ActOn(ushort id, bool wasAborted)
    {
        if (wasAborted)
        {
            _controller.Reset(Epoch);
        }
        else
        {
            _controller.Abort(Id, id, Epoch);
        }
    }

    /// <summary>Of a stale pair: what was answered before the controller stopped, then what never will be.</summary>
    public int TakeLost(Span<NvmeCompletion> completions)
    {
        int count = 0;
        try
        {
            count = _ring.Take(completions);
        }
        catch (NvmeException)
        {
            // It answered what was not asked: nothing behind that is believed.
        }

        while (count < completions.Length && _ring.TryForget(out ushort tag))
        {
            completions[count++] = new NvmeCompletion(tag, _controller.LostStatus, 0);
        }

        return count;
    }

    /// <summary>Makes the bounce memory, where it is not there yet.</summary>
    /// <exception cref="VfioException">The kernel refused the memory.</exception>
    public void MakeBounce() => _bounce ??= _controller.Device.AllocateDma((ulong)_ring.Depth * (ulong)BounceBytes);

    /// <summary>The memory that a command's data passes through: <see cref="BounceBytes"/>, the command's own. <see cref="MakeBounce"/> comes before.</summary>
    public Span<byte> Bounce(ushort tag, int length, out ulong iova)
    {
        ulong at = (ulong)tag * (ulong)BounceBytes;
        iova = _bounce!.Iova + at;
        return _bounce.Slice(at, length);
    }

    /// <summary>Gives its memory back. The controller has deleted the queues, or was stopped.</summary>
    public void Free()
    {
        _ring.Free();
        _memory.Dispose();
        _bounce?.Dispose();
    }

    private bool TryMakeAgain()
    {
        if (_ring.UnderWay != 0)
        {
            return false;
        }

        _controller.Make(this, CancellationToken.None);
        return true;
    }

    // What was answered is taken first: a process that was stopped for long finds no command late that is not.
    private int LookAfter(int count, Span<NvmeCompletion> completions)
    {
        Watch();
        return count == 0 && IsStale ? TakeLost(completions) : count;
    }
}
