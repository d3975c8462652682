using System.Diagnostics;
using System.Globalization;
using Vfio.Nvme;

namespace Vfio.NvmeLoop;

/// <summary>
/// One 4 KiB read at a time, completed in the ways there are, in turns: what waiting adds. A pause before a command has whoever takes answers asleep by then. The last way has none:
/// there most answers come before the thread that takes them has gone to sleep, and no interrupt is waited for.
/// </summary>
internal static class LatencyRun
{
    private const int Turn = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    public static void Print(VfioDevice device, double seconds)
    {
        using NvmeController controller = NvmeController.Start(device, vectors: 3);
        NvmeNamespace blocks = controller.IdentifyNamespace(1);
        NvmeQueue queue = controller.CreateQueue(8, useInterrupt: true);
        NvmeAsyncQueue awaited = controller.CreateAsyncQueue(8);
        using DmaBuffer memory = device.AllocateDma(ReadWriteLoop.PageSize);
        var polled = new List<double>();
        var waited = new List<double>();
        var resumed = new List<double>();
        var together = new List<double>();
        NvmeCompletion[] completions = new NvmeCompletion[1];
        long end = Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);
        do
        {
            for (int i = 0; i < Turn; i++)
            {
                polled.Add(Poll(queue, blocks, memory, completions));
            }

            queue.Vector!.Wait(TimeSpan.Zero);
            for (int i = 0; i < Turn; i++)
            {
                waited.Add(Wait(queue, blocks, memory, completions));
            }

            Task.Run(() => AwaitAsync(awaited, blocks, memory, resumed, pauses: true)).GetAwaiter().GetResult();
            Task.Run(() => AwaitAsync(awaited, blocks, memory, together, pauses: false)).GetAwaiter().GetResult();
        }
        while (Stopwatch.GetTimestamp() < end);
        Write("polled", polled);
        Write("by interrupt, blocking", waited);
        Write("by interrupt, awaited", resumed);
        Write("awaited one right after the other", together);
    }

    private static async Task AwaitAsync(NvmeAsyncQueue queue, NvmeNamespace blocks, DmaBuffer memory, List<double> samples, bool pauses)
    {
        for (int i = 0; i < Turn; i++)
        {
            if (pauses)
            {
                Thread.Sleep(s_pause);
            }

            long start = Stopwatch.GetTimestamp();
            await queue.ReadAsync(blocks, 0, memory, 0, ReadWriteLoop.PageSize).ConfigureAwait(false);
            samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
    }

    private static double Poll(NvmeQueue queue, NvmeNamespace blocks, DmaBuffer memory, NvmeCompletion[] completions)
    {
        Thread.Sleep(s_pause);
        long start = Submit(queue, blocks, memory);
        while (queue.Poll(completions) == 0)
        {
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static double Wait(NvmeQueue queue, NvmeNamespace blocks, DmaBuffer memory, NvmeCompletion[] completions)
    {
        Thread.Sleep(s_pause);
        long start = Submit(queue, blocks, memory);
        while (queue.Poll(completions) == 0)
        {
            queue.Vector!.Wait(TimeSpan.FromSeconds(1));
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static long Submit(NvmeQueue queue, NvmeNamespace blocks, DmaBuffer memory)
    {
        long start = Stopwatch.GetTimestamp();
        queue.TryRead(blocks, 0, ReadWriteLoop.PageSize / blocks.BlockSize, memory, 0, out _);
        queue.Ring();
        return start;
    }

    private static void Write(string how, List<double> samples)
    {
        samples.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{how}: median {samples[samples.Count / 2]:F1} us, 99th percentile {samples[samples.Count * 99 / 100]:F1} us, of {samples.Count}"));
    }
}
