using System.Globalization;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>Calls that make no sense, by the thousand: none throws, and in the end nothing is held. The seeds are fixed.</summary>
[TestClass(DisableParallelization = true)] // Looks at what the process shares: descriptor numbers, which the next open takes again.
public sealed class RandomCallsTests(ITestOutputHelper output)
{
    private const int Threads = 4;

    private static readonly string[] s_machines = ["q35-intel", "q35-amd", "q35-sriov", "q35-virtio", "q35-intel-nosnoop"];
    private static readonly byte[] s_nvme = [0x36, 0x1b, 0x10, 0x00];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 7)]
    [InlineData(4, 3)]
    [InlineData(5, 0)]
    public void No_call_throws_and_nothing_is_left_behind(int seed, int failEvery)
    {
        var host = new CountingHost(Machine.Host);
        using (Machine machine = Boot(host, seed - 1))
        {
            OpenDescriptors open = new();
            int left = 8000;
            new HostileProgram(machine.Calls, host, failEvery, new Random(seed), open).Run(() => left-- > 0);
            CloseAll(machine, open);
        }

        AssertNothingHeld(host);
    }

    /// <summary>VFIO_SOAK_MINUTES=60 makes it an hour; otherwise it is a look in passing.</summary>
    [Fact]
    public void Nor_does_it_when_four_threads_make_them_at_once()
    {
        bool soak = double.TryParse(Environment.GetEnvironmentVariable("VFIO_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes);
        DateTime end = DateTime.UtcNow.AddMinutes(minutes);
        long calls = 0;
        int round = 0;
        do
        {
            // A machine a round: what an hour leaves behind must be seen before its end.
            calls += Round(round++, soak ? 200_000 : 4_000);
            if (soak)
            {
                GC.Collect();
                output.WriteLine($"{DateTime.UtcNow:HH:mm:ss} round {round}: {calls} calls, {GC.GetTotalMemory(forceFullCollection: true) >> 10} KiB");
            }
        }
        while (DateTime.UtcNow < end);
    }

    private static long Round(int round, int each)
    {
        var host = new CountingHost(Machine.Host);
        long calls = 0;
        using (Machine machine = Boot(host, round))
        {
            OpenDescriptors open = new();
            Exception? failure = null;
            int[] left = [.. Enumerable.Repeat(each, Threads)];
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(index => new Thread(() =>
            {
                try
                {
                    HostileProgram program = new(machine.Calls, host, failEvery: 0, new Random((round * Threads) + index), open);
                    program.Run(() => left[index]-- > 0 && Volatile.Read(ref failure) is null);
                    Interlocked.Add(ref calls, program.Calls);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
            for (int i = 0; i < Threads; i++)
            {
                // Slow is no failure, on a busy machine: only one that makes no call at all has one that does not come back.
                int before = each;
                while (!threads[i].Join(TimeSpan.FromMinutes(5)))
                {
                    int now = Volatile.Read(ref left[i]);
                    Assert.True(now != before, "a call does not come back");
                    before = now;
                }
            }

            Assert.Null(failure);
            CloseAll(machine, open);
        }

        AssertNothingHeld(host);
        return calls;
    }

    // Every kind of IOMMU and of function in turn: those that move, and those that have virtual ones.
    private static Machine Boot(CountingHost host, int round = 0)
    {
        MachineTopology topology = SoftTopologies.Load(s_machines[round % s_machines.Length]);
        topology.Kernel.IommufdTest = true;
        foreach (FunctionTopology function in topology.Functions)
        {
            function.Migration = function.Model == "edu";
        }

        var machine = new Machine(topology, host);
        string nvme = topology.Functions.First(function => function.Config.Span.StartsWith(s_nvme)).Address;
        Assert.Equal("8", machine.Write($"/sys/bus/pci/devices/{nvme}/driver_override", "vfio-pci"));
        machine.Write($"/sys/bus/pci/devices/{nvme}/driver/unbind", nvme);
        Assert.Equal("12", machine.Write("/sys/bus/pci/drivers_probe", nvme));
        return machine;
    }

    private static void CloseAll(Machine machine, OpenDescriptors open)
    {
        for (int fd = open.Take(Random.Shared); fd >= 0; fd = open.Take(Random.Shared))
        {
            machine.Calls.Close(fd);
        }

        Assert.Empty(machine.Calls.FindLeaks());
    }

    // A watcher's thread gives its descriptors back when it next looks.
    private static void AssertNothingHeld(CountingHost host)
        => Assert.True(SpinWait.SpinUntil(() => host.Held.Count == 0, 5000), string.Join('\n', host.Held));
}
