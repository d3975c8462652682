using System.Diagnostics;
using System.Runtime.CompilerServices;
using Vfio.Nvme;

namespace Vfio.NvmeLoop;

/// <summary>4 KiB at random places, as many commands under way as the queue is deep: the loop of tests/c/nvme_bench.c, by the polled calls of <see cref="NvmeQueue"/>.</summary>
internal sealed class ReadWriteLoop(NvmeQueue queue, NvmeNamespace blocks, DmaBuffer memory, bool writes)
{
    public const int PageSize = 4096;

    private const byte Untouched = 0xa5;
    private static readonly long s_warmUp = Stopwatch.Frequency / 5;

    private readonly int _perPage = PageSize / blocks.BlockSize;
    private readonly ulong _pages = blocks.Blocks / (ulong)(PageSize / blocks.BlockSize);
    private readonly int[] _slotOf = new int[queue.Depth];
    private readonly NvmeCompletion[] _completions = new NvmeCompletion[queue.Depth];
    private ulong _random = 88172645463325252;

    public Measurement Run(double seconds)
    {
        memory.Span.Fill(Untouched);
        for (int slot = 0; slot < queue.Depth; slot++)
        {
            Submit(slot);
        }

        queue.Ring();

        // What is done once is done in a first round of no length.
        Measure(0);
        Measurement measured = Measure(seconds);
        while (queue.UnderWay != 0)
        {
            for (int i = queue.Poll(_completions) - 1; i >= 0; i--)
            {
                _completions[i].ThrowIfFailed("transfer");
            }
        }

        for (int at = 0; !writes && at < memory.Span.Length; at += 512)
        {
            if (!memory.Span.Slice(at, 512).ContainsAnyExcept(Untouched))
            {
                throw new InvalidOperationException($"a read left its memory as it was at {at}");
            }
        }

        return measured;
    }

    private Measurement Measure(double seconds)
    {
        long warm = Stopwatch.GetTimestamp() + s_warmUp, began = 0, end = long.MaxValue, done = 0;
        double cpu = 0;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        uint looks = 0;
        bool isWarm = false;
        while (true)
        {
            int count = queue.Poll(_completions);
            if (count != 0)
            {
                foreach (ref readonly NvmeCompletion completion in _completions.AsSpan(0, count))
                {
                    completion.ThrowIfFailed("transfer");
                    Submit(_slotOf[completion.Tag]);
                }

                queue.Ring();
                done += count;
            }

            if ((++looks & 1023) == 0)
            {
                long time = Stopwatch.GetTimestamp();
                if (!isWarm && time >= warm)
                {
                    allocated = GC.GetTotalAllocatedBytes(precise: true);
                    isWarm = true;
                    done = 0;
                    cpu = ThreadTime.Nanoseconds;
                    began = Stopwatch.GetTimestamp();
                    end = began + (long)(seconds * Stopwatch.Frequency);
                }
                else if (time >= end)
                {
                    break;
                }
            }
        }

        double took = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
        cpu = ThreadTime.Nanoseconds - cpu;
        return new Measurement(queue.Depth, done, took, cpu, GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Submit(int slot)
    {
        ulong random = _random;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        _random = random;

        // For a namespace below 2^32 pages, as in C. The whole product is a call: built ahead of time, nothing says that the processor has MULX.
        ulong first = ((random >> 32) * _pages >> 32) * (ulong)_perPage;
        ulong offset = (ulong)slot * PageSize;
        if (!(writes ? queue.TryWrite(blocks, first, _perPage, memory, offset, out ushort tag) : queue.TryRead(blocks, first, _perPage, memory, offset, out tag)))
        {
            throw new InvalidOperationException("no room for a command");
        }

        _slotOf[tag] = slot;
    }
}
