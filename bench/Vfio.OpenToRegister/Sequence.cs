using System.Diagnostics;
using Vfio.Uapi;

namespace Vfio.OpenToRegister;

/// <summary>The timed part, between two marks that a reader of strace finds.</summary>
internal static class Sequence
{
    private const ulong Iova = 0x10_0000;

    /// <summary>Opens, maps a page that is there, reads a register, closes.</summary>
    /// <returns>Nanoseconds of the timed part.</returns>
    public static double Run(InterfacePlan plan, nint memory, out double confirmation)
    {
        ISystemCalls calls = VfioHost.Local.Calls;
        _ = calls.Access("/timed-part-begins", AccessMode.Exists);
        long start = Stopwatch.GetTimestamp();
        using VfioDevice device = VfioHost.Local.OpenUnconfirmed(plan);
        using DmaMapping mapping = device.MapDma(memory, 4096, iova: Iova);
        uint id = device.Bars[0].Read32(0);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        _ = calls.Access("/timed-part-ends", AccessMode.Exists);
        if (id != 0x010000ed)
        {
            throw new InvalidOperationException($"not an edu device: 0x{id:x}");
        }

        start = Stopwatch.GetTimestamp();
        device.ConfirmCoherency();
        confirmation = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        return elapsed;
    }
}
