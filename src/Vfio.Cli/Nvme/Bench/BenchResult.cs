using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Bench;

/// <summary>What was measured, and on what.</summary>
/// <param name="Address">The controller.</param>
/// <param name="Identity">Who it is.</param>
/// <param name="Namespace">Whose blocks were moved.</param>
/// <param name="Plan">What was asked for.</param>
/// <param name="Latency">From submission to completion, of the commands that completed in the time.</param>
/// <param name="AllocatedBytes">What the threads that measured allocated meanwhile: 0, or the figures are the collector's too.</param>
internal sealed record BenchResult(PciAddress Address, NvmeIdentity Identity, NvmeNamespace Namespace, BenchPlan Plan, LatencyHistogram Latency, long AllocatedBytes)
{
    public double CommandsPerSecond => Latency.Count / Plan.Duration.TotalSeconds;

    public double BytesPerSecond => CommandsPerSecond * Plan.Bytes;
}
