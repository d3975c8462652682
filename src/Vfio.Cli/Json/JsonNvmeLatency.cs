using Vfio.Cli.Nvme.Bench;

namespace Vfio.Cli.Json;

/// <summary>Latencies, all in nanoseconds.</summary>
internal sealed record JsonNvmeLatency(long Min, long Mean, long P50, long P90, long P99, long P999, long P9999, long Max)
{
    public static JsonNvmeLatency Of(LatencyHistogram latency) => new(
        latency.Minimum, (long)Math.Round(latency.Mean), latency.At(0.5), latency.At(0.9), latency.At(0.99), latency.At(0.999), latency.At(0.9999), latency.Maximum);
}
