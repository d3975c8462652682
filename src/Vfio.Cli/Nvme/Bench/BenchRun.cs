using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>A plan carried out: queues, threads, and the sum of what they measured.</summary>
internal sealed class BenchRun(NvmeSession session, NvmeNamespace of, BenchPlan plan, CancellationToken cancellation)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    /// <param name="identity">Of the controller.</param>
    /// <param name="progress">Is told of the time that has passed and of the commands a second so far.</param>
    /// <exception cref="OperationCanceledException">It was to end.</exception>
    /// <exception cref="NvmeException">A command failed or was not answered.</exception>
    public BenchResult Measure(NvmeIdentity identity, Action<TimeSpan, double> progress)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        BenchWorker[] workers = [.. Enumerable.Range(0, plan.Queues).Select(_ => NewWorker(stop.Token))];
        long begin = Stopwatch.GetTimestamp() + Ticks(plan.WarmUp);
        long end = begin + Ticks(plan.Duration);
        ExceptionDispatchInfo? failure = null;
        Thread[] threads = [.. workers.Select(worker => new Thread(() =>
        {
            try
            {
                worker.Run(begin, end);
            }
            catch (Exception e)
            {
                // The first is the cause; the others stop for it.
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(e), null);
                stop.Cancel();
            }
        }) { IsBackground = true, Name = "nvme bench" })];
        Array.ForEach(threads, static thread => thread.Start());
        foreach (Thread thread in threads)
        {
            while (!thread.Join(ProgressInterval))
            {
                TimeSpan passed = Stopwatch.GetElapsedTime(begin);
                if (passed > TimeSpan.Zero)
                {
                    progress(passed < plan.Duration ? passed : plan.Duration, workers.Sum(static worker => worker.Counted) / passed.TotalSeconds);
                }
            }
        }

        cancellation.ThrowIfCancellationRequested();
        failure?.Throw();
        LatencyHistogram all = new();
        Array.ForEach(workers, worker => all.Add(worker.Latency));
        return new(session.Device.Address, identity, of, plan, all, workers.Sum(static worker => worker.AllocatedBytes));
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    private BenchWorker NewWorker(CancellationToken stop)
    {
        NvmeQueue queue = session.Controller.CreateQueue(plan.Depth, plan.WaitsByInterrupt, cancellation);
        DmaBuffer memory = session.Allocate((ulong)plan.Depth * (ulong)plan.Bytes);
        if (plan.Writes)
        {
            // Zeros are what a controller may write without writing.
            new Random(queue.Id).NextBytes(memory.Span);
        }

        return new(queue, of, memory, plan, stop);
    }
}
