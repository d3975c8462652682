using Vfio.Cli.Nvme.Bench;
using Vfio.Nvme;

namespace Vfio.Cli.Tests.Nvme;

/// <summary>Latencies that are the same in every run.</summary>
internal static class Latencies
{
    /// <summary>As of a disk: most near 80 us, a tail to 9 ms.</summary>
    public static LatencyHistogram OfADisk(int count = 1_000_000)
    {
        LatencyHistogram histogram = new();
        for (int i = 0; i < count; i++)
        {
            double left = (count - i - 0.5) / count;
            histogram.Record((long)(62_000 + (9_000 * -Math.Log10(left)) + (900 * Math.Pow(left, -0.66))));
        }

        return histogram;
    }

    public static LatencyHistogram Of(params long[] nanoseconds)
    {
        LatencyHistogram histogram = new();
        Array.ForEach(nanoseconds, histogram.Record);
        return histogram;
    }

    public static BenchResult Result(LatencyHistogram latency, string model = "A disk") => new(
        PciAddress.Parse("0000:05:00.0", null),
        new NvmeIdentity(0x144d, "S1", model, "1.0", 1, new Version(1, 4, 0), 1, 5),
        new NvmeNamespace(1, 1 << 20, 512),
        new BenchPlan(Writes: false, Depth: 32, Queues: 2, Bytes: 4096, Duration: TimeSpan.FromSeconds(2), WaitsByInterrupt: false),
        latency,
        0);
}
