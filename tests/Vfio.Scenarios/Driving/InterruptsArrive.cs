namespace Vfio.Scenarios.Driving;

/// <summary>Interrupts by eventfd: waited for, awaited, polled for; each once.</summary>
public static class InterruptsArrive
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(20);

    /// <summary>MSI: raised by hand and by a DMA's end.</summary>
    public static Scenario Msi(InterfaceChoice by, string name) => new($"MSI, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        EduFunction edu = new(device);
        using InterruptSet msi = device.EnableMsi();
        ScenarioContext.Equal(true, device.BusMaster);
        InterruptVector vector = msi[0];
        ScenarioContext.Equal(false, vector.TryRead(out _));
        ThreeWays(edu, vector, () => { });

        using DmaBuffer buffer = device.AllocateDma(4096, lastIova: EduFunction.LastIova);
        edu.ReadMemory(buffer.Iova, 64, interrupt: true);
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        ScenarioContext.Equal(EduFunction.DmaInterrupt, edu.Raised);
        edu.Acknowledge(EduFunction.DmaInterrupt);
        context.Note("waited, awaited, polled, by DMA");
    });

    /// <summary>INTx: masked by the kernel as it fires, a level until it is acknowledged.</summary>
    public static Scenario Intx(InterfaceChoice by, string name) => new($"INTx, {name}", context =>
    {
        using VfioDevice device = context.Open(by);
        EduFunction edu = new(device);
        InterruptInfo info = device.GetInterruptInfo(InterruptKind.Intx);
        ScenarioContext.Check(info is { Count: 1, IsMaskable: true, IsAutomasked: true }, $"INTx is {info}");
        using InterruptSet intx = device.EnableIntx();
        InterruptVector vector = intx[0];
        ThreeWays(edu, vector, intx.Unmask);

        // Unmasked while its cause stands it fires again: the line is a level.
        edu.Raise(1);
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        intx.Unmask();
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        edu.Acknowledge(1);
        intx.Unmask();
        ScenarioContext.Equal(0ul, vector.Wait(TimeSpan.FromMilliseconds(50)));

        // Masked, it stays quiet; what came meanwhile fires at the end.
        intx.Mask();
        edu.Raise(2);
        ScenarioContext.Equal(0ul, vector.Wait(TimeSpan.FromMilliseconds(50)));
        intx.Unmask();
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        edu.Acknowledge(2);
        context.Note("waited, awaited, polled, masked");
    });

    private static void ThreeWays(EduFunction edu, InterruptVector vector, Action unmask)
    {
        edu.Raise(1);
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        Acknowledge(edu, unmask, 1);

        using CancellationTokenSource limit = new(s_long);
        Task<ulong> waiting = vector.WaitAsync(limit.Token).AsTask();
        ScenarioContext.Equal(false, waiting.IsCompleted);
        edu.Raise(2);
        ScenarioContext.Equal(1ul, waiting.GetAwaiter().GetResult());
        Acknowledge(edu, unmask, 2);

        edu.Raise(4);
        ulong count = 0;
        for (long start = Environment.TickCount64; !vector.TryRead(out count) && Environment.TickCount64 - start < s_long.TotalMilliseconds;)
        {
            Thread.Yield();
        }

        ScenarioContext.Equal(1ul, count);
        Acknowledge(edu, unmask, 4);
        ScenarioContext.Equal(false, vector.TryRead(out _));

        // A wait that is given up takes no interrupt with it.
        using CancellationTokenSource cancelled = new();
        Task<ulong> given = vector.WaitAsync(cancelled.Token).AsTask();
        cancelled.Cancel();
        ScenarioContext.Check(given.ContinueWith(t => t.IsCanceled, TaskScheduler.Default).Result, "a cancelled wait went on");
        edu.Raise(8);
        ScenarioContext.Equal(1ul, vector.Wait(s_long));
        Acknowledge(edu, unmask, 8);
    }

    private static void Acknowledge(EduFunction edu, Action unmask, uint bits)
    {
        ScenarioContext.Equal(bits, edu.Raised);
        edu.Acknowledge(bits);
        unmask();
    }
}
