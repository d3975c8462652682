using Vfio.Cli.Nvme.Bench;

namespace Vfio.Cli.Json;

/// <summary>`nvme BDF bench --json`.</summary>
internal sealed record JsonNvmeBench(
    int Schema, string Address, string Model, string Serial, string Firmware, uint Namespace, string Operation, int BlockSize, int QueueDepth, int Queues, string Waits,
    double Seconds, long Commands, double Iops, double BytesPerSecond, JsonNvmeLatency LatencyNs)
{
    public static JsonNvmeBench Of(BenchResult result)
    {
        BenchPlan plan = result.Plan;
        return new(
            JsonFunction.CurrentSchema, result.Address.ToString(), result.Identity.Model, result.Identity.SerialNumber, result.Identity.Firmware, result.Namespace.Id,
            plan.Writes ? "write" : "read", plan.Bytes, plan.Depth, plan.Queues, plan.WaitsByInterrupt ? "interrupt" : "poll", plan.Duration.TotalSeconds,
            result.Latency.Count, Math.Round(result.CommandsPerSecond, 1), Math.Round(result.BytesPerSecond, 1), JsonNvmeLatency.Of(result.Latency));
    }
}
