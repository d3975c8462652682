using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>Data written and read back: every length, every alignment, several queues with several commands each.</summary>
public static class DataMoves
{
    private const int Queues = 3;
    private const int Depth = 16;

    /// <summary>With a vector for each queue.</summary>
    public static Scenario ByInterrupt(InterfaceChoice by, string name) => new($"NVMe data by MSI-X, {name}", context => Move(context, by, interrupts: true));

    /// <summary>With no interrupt at all.</summary>
    public static Scenario Polled(InterfaceChoice by, string name) => new($"NVMe data polled for, {name}", context => Move(context, by, interrupts: false));

    private static void Move(ScenarioContext context, InterfaceChoice by, bool interrupts)
    {
        using NvmeFunction function = new(context, by, vectors: interrupts ? Queues + 1 : 0);
        NvmeNamespace ns = function.Namespace;
        List<DmaBuffer> memory = [];
        try
        {
            int blocks = (int)Math.Min(ns.Blocks / Queues, int.MaxValue);
            List<Traffic> queues = [];
            for (int i = 0; i < Queues; i++)
            {
                NvmeQueue queue = function.Controller.CreateQueue(Depth, interrupts);

                // The first by SGLs, where the controller offers them; the others by lists of pages.
                queue.UsesSgls &= i == 0;
                memory.Add(function.Device.AllocateDma(Traffic.BytesFor(queue)));
                queues.Add(new Traffic(queue, ns, (ulong)i * (ulong)blocks, blocks, memory[i], seed: i + 1));
            }

            // What each queue does is its own, whatever the others have come to.
            long share = context.BytesToMove / Queues;
            for (bool more = true; more;)
            {
                more = queues.Exists(queue => queue.Written < share);
                queues.ForEach(queue => queue.Submit(writes: queue.Written < share));
                queues.ForEach(static queue => queue.Collect());
            }

            queues.ForEach(static queue => queue.ReadAll());
            ScenarioContext.Check(queues.TrueForAll(queue => queue.Written >= share && queue.Read >= queue.Written), "not all was moved");
            ScenarioContext.Check(queues.TrueForAll(queue => (queue.Interrupts > 0) == interrupts), "interrupts came where there are none, or none where there are");
            ulong sum = queues.Aggregate(0ul, static (sum, queue) => sum ^ queue.Sum);
            int[] shapes = [.. Enumerable.Range(0, 4).Select(shape => queues.Sum(queue => queue.Shapes[shape]))];
            context.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{queues.Sum(static queue => queue.Written)} bytes written and {queues.Sum(static queue => queue.Read)} read by {shapes.Sum()} commands, checksum {sum:x16}"));
            context.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"up to {queues[0].MostBytes} bytes, {shapes[0]} of one page, {shapes[1]} of two, {shapes[2]} by a list, {shapes[3]} by a list after part of a page"));
        }
        finally
        {
            // The controller is stopped first: memory that it may still write to is not given back.
            function.Controller.Dispose();
            memory.ForEach(static buffer => buffer.Dispose());
        }
    }
}
