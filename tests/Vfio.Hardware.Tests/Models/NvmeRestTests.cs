using System.Buffers.Binary;
using System.Globalization;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.Hardware.Storage;

namespace Vfio.Hardware.Tests.Models;

/// <summary>A controller with nothing to do takes no processor's time.</summary>
public sealed class NvmeRestTests
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    [Fact]
    public void It_rests_behind_a_doorbell_that_no_queue_has_an_entry_for()
    {
        // No other test has a controller here.
        using NvmeModel controller = new(new PciLocation(0, 9, 7, 0), new NullBlockStore(1 << 20));
        Write32(controller, 0x24, 0x000f_000f);
        Write32(controller, 0x14, 0x0046_0001);
        Write32(controller, 0x1000, 0x1234);
        string thread = Directory.GetDirectories("/proc/self/task").Single(static task => File.ReadAllText($"{task}/comm").StartsWith("nvme 0000:09:07", StringComparison.Ordinal));

        // Asleep, and where it was the last time: one that looks again and again is not found so.
        string before = string.Empty;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                Thread.Sleep(100);
                string[] status = File.ReadAllText($"{thread}/stat").Split(") ")[1].Split(' ');
                string switches = File.ReadLines($"{thread}/status").First(static line => line.StartsWith("voluntary", StringComparison.Ordinal));
                string now = string.Create(CultureInfo.InvariantCulture, $"{status[0]} {status[11]} {status[12]} {switches}");
                bool rests = status[0] == "S" && now == before;
                before = now;
                return rests;
            },
            s_longest));
    }

    private static void Write32(NvmeModel controller, ulong offset, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        controller.WriteBar(0, offset, bytes);
    }
}
