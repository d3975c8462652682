using System.Diagnostics;
using System.Globalization;
using Vfio.Hardware.Pci;

namespace Vfio.Benchmarks;

/// <summary>
/// One thread's DMA alone, and beside another thread that maps and unmaps all the time. Two controls tell what of the difference is the machine's: a thread that only
/// computes, and one that maps in the address space of another soft kernel.
/// </summary>
/// <remarks>
/// Rates are by the clock, and by the processor time the reading thread was given: where other programs run, two threads do not get two processors, and only the second says
/// what the mapper costs.
/// </remarks>
internal static class TranslationBesideMapping
{
    private const ulong Iova = 0x1_0000_0000;
    private const int Rounds = 15;

    public static void Report()
    {
        using AttachedIoas ioas = new();
        using AttachedIoas elsewhere = new();
        for (int i = 0; i < 1000; i++)
        {
            ioas.Map(Iova + ((ulong)i * 8192));
            elsewhere.Map(Iova + ((ulong)i * 8192));
        }

        DmaPort port = ioas.Device.Model.Dma;
        port.BusMaster = true;
        Measure(port);
        Companion[] companions =
        [
            new("one that only computes", static () => Thread.SpinWait(10)),
            new("one that maps elsewhere", () => MapAndUnmap(elsewhere)),
            new("one that maps and unmaps", () => MapAndUnmap(ioas)),
        ];
        for (int round = 0; round < Rounds; round++)
        {
            Rate alone = Measure(port);
            foreach (Companion companion in companions)
            {
                companion.Add(alone, Beside(companion, port));
            }
        }

        foreach (Companion companion in companions)
        {
            companion.Report();
        }

        Console.WriteLine("The goal for the last: at least 80%.");
    }

    private static void MapAndUnmap(AttachedIoas ioas)
    {
        ioas.Map(Iova + 4096);
        ioas.Unmap(Iova + 4096);
    }

    private static Rate Beside(Companion companion, DmaPort port)
    {
        using CancellationTokenSource stop = new();
        using ManualResetEventSlim begun = new();
        long done = 0;
        Thread thread = new(() =>
        {
            companion.Act();
            begun.Set();
            for (; !stop.IsCancellationRequested; done++)
            {
                companion.Act();
            }
        });
        thread.Start();
        begun.Wait();
        Rate rate = Measure(port);
        stop.Cancel();
        thread.Join();
        companion.Times += done;
        return rate;
    }

    /// <summary>Reads of 64 bytes.</summary>
    private static Rate Measure(DmaPort port)
    {
        const int Reads = 5_000_000;
        Span<byte> buffer = stackalloc byte[64];
        long start = Stopwatch.GetTimestamp();
        long processor = ProcessorTime();
        for (int i = 0; i < Reads; i++)
        {
            if (!port.TryRead(Iova + ((ulong)(i % 1000) * 8192), buffer))
            {
                throw new InvalidOperationException("DMA failed");
            }
        }

        return new Rate(Reads / Stopwatch.GetElapsedTime(start).TotalSeconds, Reads * 1e9 / (ProcessorTime() - processor));
    }

    /// <summary>Nanoseconds this thread has run.</summary>
    private static long ProcessorTime() => long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>A second: by the clock, and of the thread's own processor time.</summary>
    private readonly record struct Rate(double ByClock, double ByProcessor);

    private sealed class Companion(string name, Action act)
    {
        private readonly List<double> _byClock = [];
        private readonly List<double> _byProcessor = [];

        public Action Act { get; } = act;

        public long Times { get; set; }

        public void Add(Rate alone, Rate beside)
        {
            _byClock.Add(beside.ByClock / alone.ByClock);
            _byProcessor.Add(beside.ByProcessor / alone.ByProcessor);
        }

        public void Report()
        {
            _byClock.Sort();
            _byProcessor.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"beside {name}, {Times} times: {_byClock[Rounds / 2]:P0} of its rate alone, {_byProcessor[Rounds / 2]:P0} by its own processor time, medians of {Rounds}"));
        }
    }
}
