using System.Diagnostics;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>One queue, kept full by one thread. While it measures it allocates nothing and, polling, makes no system call as long as answers come.</summary>
internal sealed class BenchWorker
{
    private const int Batch = 64;
    private const int PollsBeforeYield = 256;
    private const int AnyTag = 1 << 16;
    private static readonly TimeSpan InterruptTick = TimeSpan.FromMilliseconds(100);

    private readonly NvmeQueue _queue;
    private readonly NvmeNamespace _namespace;
    private readonly DmaBuffer _memory;
    private readonly BenchPlan _plan;
    private readonly CancellationToken _stop;
    private readonly int _blocks;
    private readonly ulong _places;
    private readonly long[] _since = new long[AnyTag];
    private readonly int[] _partOf = new int[AnyTag];
    private readonly int[] _freeParts;
    private int _free;
    private ulong _random;
    private long _counted;

    /// <param name="queue">Of the plan's depth.</param>
    /// <param name="of">What is read or written.</param>
    /// <param name="memory">The plan's bytes for each command under way.</param>
    /// <param name="plan">What to do.</param>
    /// <param name="stop">Ends it before the time.</param>
    public BenchWorker(NvmeQueue queue, NvmeNamespace of, DmaBuffer memory, BenchPlan plan, CancellationToken stop)
    {
        _queue = queue;
        _namespace = of;
        _memory = memory;
        _plan = plan;
        _stop = stop;
        _blocks = plan.Bytes / of.BlockSize;
        _places = of.Blocks / (ulong)_blocks;
        _freeParts = [.. Enumerable.Range(0, plan.Depth)];
        _free = plan.Depth;
        _random = 0x9e3779b97f4a7c15 * (ulong)(queue.Id + 1);
    }

    /// <summary>What it measured; its thread's until that has ended.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Commands that count so far. From any thread.</summary>
    public long Counted => Volatile.Read(ref _counted);

    /// <summary>Bytes its thread allocated while it measured.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Runs until the time is over and nothing is under way.</summary>
    /// <param name="begin">Timestamp from which on it counts.</param>
    /// <param name="end">Timestamp from which on it no longer does.</param>
    /// <exception cref="NvmeException">A command failed or was not answered.</exception>
    public void Run(long begin, long end)
    {
        Span<NvmeCompletion> completions = stackalloc NvmeCompletion[Batch];
        long now = Stopwatch.GetTimestamp();
        int idle = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        while ((now < end || _queue.UnderWay != 0) && !_stop.IsCancellationRequested)
        {
            if (now < begin)
            {
                // What is made when it is first used is made while warming up.
                allocated = GC.GetAllocatedBytesForCurrentThread();
            }

            if (now < end && _free != 0)
            {
                Submit(now);
            }

            int count = _queue.Poll(completions);
            now = Stopwatch.GetTimestamp();
            if (count == 0)
            {
                Wait(++idle);
                continue;
            }

            Take(completions[..count], now, now >= begin && now < end);
            idle = 0;
        }

        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
    }

    private void Submit(long now)
    {
        do
        {
            int part = _freeParts[_free - 1];
            ulong first = Math.BigMul(NextRandom(), _places, out _) * (ulong)_blocks;
            ulong offset = (ulong)part * (ulong)_plan.Bytes;
            bool taken = _plan.Writes
                ? _queue.TryWrite(_namespace, first, _blocks, _memory, offset, out ushort tag)
                : _queue.TryRead(_namespace, first, _blocks, _memory, offset, out tag);
            if (!taken)
            {
                break;
            }

            _free--;
            _since[tag] = now;
            _partOf[tag] = part;
        }
        while (_free != 0);
        _queue.Ring();
    }

    private void Take(ReadOnlySpan<NvmeCompletion> completions, long now, bool counts)
    {
        foreach (NvmeCompletion completion in completions)
        {
            completion.ThrowIfFailed(_plan.Writes ? "Write" : "Read");
            _freeParts[_free++] = _partOf[completion.Tag];
            if (counts)
            {
                Latency.Record(now - _since[completion.Tag]);
            }
        }

        Volatile.Write(ref _counted, Latency.Count);
    }

    // The driver looks after commands that are late while it is polled, so no wait for an interrupt is long.
    private void Wait(int idle)
    {
        if (_queue.Vector is { } vector)
        {
            vector.Wait(InterruptTick, _stop);
        }
        else if (idle % PollsBeforeYield == 0)
        {
            // More threads than processors: whoever is to answer may be waiting for this one.
            Thread.Yield();
        }
    }

    // xorshift64*: what is read next must not cost more than reading it.
    private ulong NextRandom()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return _random * 0x2545f4914f6cdd1d;
    }
}
