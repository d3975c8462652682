using System.Globalization;

namespace Vfio.NvmeLoop;

/// <summary>What one round came to.</summary>
/// <param name="Depth">Commands under way.</param>
/// <param name="Commands">Completed.</param>
/// <param name="Nanoseconds">It took.</param>
/// <param name="CpuNanoseconds">CPU time of the driver's thread.</param>
/// <param name="Allocated">Bytes allocated meanwhile by all threads.</param>
internal readonly record struct Measurement(int Depth, long Commands, double Nanoseconds, double CpuNanoseconds, long Allocated)
{
    public double Iops => Commands * 1e9 / Nanoseconds;

    /// <summary>The line that tests/c/nvme_bench.c prints, under another name.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"c# {Depth} {Commands} {Iops:F0} {Nanoseconds / Commands:F1} {CpuNanoseconds / Commands:F1}");
}
