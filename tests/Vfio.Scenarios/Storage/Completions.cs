using System.Diagnostics;
using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>Waits for a queue's completions: by its vector where it has one, else by looking.</summary>
/// <param name="queue">The queue.</param>
public sealed class Completions(NvmeQueue queue)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly NvmeCompletion[] _taken = new NvmeCompletion[16];

    /// <summary>How often the queue's vector has fired.</summary>
    public ulong Interrupts { get; private set; }

    /// <summary>Takes the completions of all commands that are under way.</summary>
    public void TakeAll(Action<NvmeCompletion> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        long start = Stopwatch.GetTimestamp();
        while (queue.UnderWay > 0)
        {
            int count = queue.Poll(_taken);
            foreach (NvmeCompletion completion in _taken.AsSpan(0, count))
            {
                take(completion);
            }

            if (count > 0)
            {
                start = Stopwatch.GetTimestamp();
            }
            else if (queue.Vector is { } vector)
            {
                // What was taken without waiting has left its interrupt behind: a wait that finds nothing is one of those.
                ulong fired = vector.Wait(s_patience);
                ScenarioContext.Check(fired > 0, "no interrupt, with commands under way");
                Interrupts += fired;
            }
            else
            {
                ScenarioContext.Check(Stopwatch.GetElapsedTime(start) < s_patience, "commands are not answered");
                Thread.Yield();
            }
        }
    }
}
