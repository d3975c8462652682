using System.Globalization;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>A measurement in words, the same in text and picture.</summary>
internal static class BenchText
{
    public static string What(BenchPlan plan) => $"random {(plan.Writes ? "writes" : "reads")} of {FunctionText.Bytes((ulong)plan.Bytes)}";

    public static string How(BenchPlan plan) => string.Create(
        CultureInfo.InvariantCulture,
        $"queue depth {plan.Depth}, {NvmeText.Count((ulong)plan.Queues, "queue")}, {(plan.WaitsByInterrupt ? "interrupts" : "polled")}, {plan.Duration.TotalSeconds:0.###} s");

    public static string Rate(double perSecond) => perSecond.ToString(perSecond < 100 ? "0.0" : "#,##0", CultureInfo.InvariantCulture);

    public static string MegaBytes(BenchResult result) => $"{Rate(result.BytesPerSecond / 1e6)} MB/s";

    /// <summary>The figures people ask for, in the order they do.</summary>
    /// <param name="latency">Where from.</param>
    /// <param name="micro">The prefix for millionths.</param>
    public static IReadOnlyList<(string Name, string Value)> Figures(LatencyHistogram latency, char micro = 'u') =>
    [
        ("mean", LatencyAxes.Text(latency.Mean, micro)),
        ("p50", LatencyAxes.Text(latency.At(0.5), micro)),
        ("p99", LatencyAxes.Text(latency.At(0.99), micro)),
        ("p99.9", LatencyAxes.Text(latency.At(0.999), micro)),
        ("max", LatencyAxes.Text(latency.Maximum, micro)),
    ];
}
