namespace Vfio.Cli.Nvme.Bench;

/// <summary>What is to be measured.</summary>
/// <param name="Writes">Random writes; else random reads.</param>
/// <param name="Depth">Commands under way in each queue.</param>
/// <param name="Queues">How many queues, each with a thread.</param>
/// <param name="Bytes">Of each command.</param>
/// <param name="Duration">How long, warming up not counted.</param>
/// <param name="WaitsByInterrupt">Waits for MSI-X; else polls.</param>
internal sealed record BenchPlan(bool Writes, int Depth, int Queues, int Bytes, TimeSpan Duration, bool WaitsByInterrupt)
{
    /// <summary>Run before it counts: code is compiled, caches and queues fill.</summary>
    public TimeSpan WarmUp => Duration / 4 < TimeSpan.FromSeconds(0.5) ? Duration / 4 : TimeSpan.FromSeconds(0.5);
}
