using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>Ordinary memory, awaited and not, and a controller that is reset while it is used.</summary>
public static class Recovery
{
    private const int Tasks = 8;
    private const int Bytes = 192 << 10;

    /// <summary>What was written before a reset is there after it; a call that it ended says so, once, and is repeated.</summary>
    public static Scenario Scenario(InterfaceChoice by, string name) => new($"NVMe ordinary memory, and resets in between, {name}", context =>
    {
        using NvmeFunction function = new(context, by, vectors: 3);
        NvmeController controller = function.Controller;
        NvmeNamespace ns = function.Namespace;
        using NvmeAsyncQueue awaited = controller.CreateAsyncQueue(16);
        using NvmeQueue waited = controller.CreateQueue(16, useInterrupt: true);
        using NvmeQueue polled = controller.CreateQueue(16);
        byte[][] data = [.. Enumerable.Range(0, Tasks).Select(i => Pattern(i))];
        Task work = Task.WhenAll(data.Select((part, i) => Task.Run(async () =>
        {
            for (int round = 0; round < 10; round++)
            {
                await AgainAsync(() => awaited.WriteAsync(ns, First(ns, i), part)).ConfigureAwait(false);
                byte[] read = new byte[Bytes];
                await AgainAsync(() => awaited.ReadAsync(ns, First(ns, i), read)).ConfigureAwait(false);
                ScenarioContext.Check(read.AsSpan().SequenceEqual(part), "an awaited read holds something else than was written");
            }
        })));
        while (!work.Wait(TimeSpan.FromMilliseconds(20)))
        {
            if (controller.ResetCount < 3)
            {
                controller.Reset();
            }
        }

        work.GetAwaiter().GetResult();
        controller.Reset();
        byte[] one = new byte[Bytes];
        for (int i = 0; i < Tasks; i++)
        {
            NvmeQueue queue = i % 2 == 0 ? waited : polled;
            queue.Read(ns, First(ns, i), one);
            ScenarioContext.Check(one.AsSpan().SequenceEqual(data[i]), "what was written before a reset is not there after it");
        }

        ScenarioContext.Check(controller.ResetCount is >= 1 and <= 4, "resets that nobody asked for");
        ScenarioContext.Equal(0, controller.AbortCount);
        context.Note(string.Create(CultureInfo.InvariantCulture, $"{Tasks} tasks of {Bytes} bytes"));
    });

    private static ulong First(NvmeNamespace ns, int task) => (ulong)(task * (Bytes / ns.BlockSize));

    private static byte[] Pattern(int seed)
    {
        byte[] data = new byte[Bytes];
        uint state = (uint)seed + 1;
        foreach (ref byte value in data.AsSpan())
        {
            state = (state * 1664525) + 1013904223;
            value = (byte)(state >> 24);
        }

        return data;
    }

    private static async Task AgainAsync(Func<ValueTask> call)
    {
        while (true)
        {
            try
            {
                await call().ConfigureAwait(false);
                return;
            }
            catch (NvmeException e) when (e.Failure == NvmeFailure.AbortedByReset)
            {
                // As it says: repeat it.
            }
        }
    }
}
