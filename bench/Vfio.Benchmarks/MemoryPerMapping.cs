using System.Globalization;

namespace Vfio.Benchmarks;

/// <summary>What a live mapping of 4 KiB costs: areas, pages and page-table entries of a million of them.</summary>
internal static class MemoryPerMapping
{
    private const int Mappings = 1_000_000;

    public static void Report()
    {
        using AttachedIoas ioas = new();
        ioas.Map(0x1_0000_0000);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 1; i <= Mappings; i++)
        {
            ioas.Map(0x1_0000_0000 + ((ulong)i * 4096));
        }

        long after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(double)(after - before) / Mappings:F1} bytes a mapping, {Mappings} live (goal: at most 160)"));
    }
}
