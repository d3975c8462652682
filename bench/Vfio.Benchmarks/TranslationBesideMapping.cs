using System.Diagnostics;
using System.Globalization;
using Vfio.Hardware.Pci;

namespace Vfio.Benchmarks;

/// <summary>One thread's DMA alone, and beside another thread that maps and unmaps all the time.</summary>
internal static class TranslationBesideMapping
{
    private const ulong Iova = 0x1_0000_0000;
    private const int Rounds = 15;

    public static void Report()
    {
        using AttachedIoas ioas = new();
        for (int i = 0; i < 1000; i++)
        {
            ioas.Map(Iova + ((ulong)i * 8192));
        }

        DmaPort port = ioas.Device.Model.Dma;
        port.BusMaster = true;
        Measure(port);
        List<double> ratios = [];
        long pairs = 0;
        for (int round = 0; round < Rounds; round++)
        {
            double alone = Measure(port);
            using CancellationTokenSource stop = new();
            using ManualResetEventSlim begun = new();
            Thread mapper = new(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    ioas.Map(Iova + 4096);
                    ioas.Unmap(Iova + 4096);
                    pairs++;
                    begun.Set();
                }
            });
            mapper.Start();
            begun.Wait();
            ratios.Add(Measure(port) / alone);
            stop.Cancel();
            mapper.Join();
        }

        ratios.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ratios[Rounds / 2]:P0} of its rate alone, median of {Rounds} ({pairs} pairs mapped beside it; goal: at least 80%)"));
    }

    /// <summary>Reads of 64 bytes a second.</summary>
    private static double Measure(DmaPort port)
    {
        const int Reads = 2_000_000;
        Span<byte> buffer = stackalloc byte[64];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Reads; i++)
        {
            if (!port.TryRead(Iova + ((ulong)(i % 1000) * 8192), buffer))
            {
                throw new InvalidOperationException("DMA failed");
            }
        }

        return Reads / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
