using System.Globalization;
using Vfio.Emulator.Leaks;
using Vfio.SoftKernel.Core;

namespace Vfio.Cli.Rendering;

/// <summary>What programs left to the kernel to give back, and what would have given it back.</summary>
internal static class LeakView
{
    /// <summary>Writes it; nothing where there is nothing.</summary>
    public static void Write(TextWriter error, IReadOnlyList<Leak> leaks)
    {
        foreach (IGrouping<(int Process, string Program), Leak> process in leaks.GroupBy(static leak => (leak.Process, leak.Program)))
        {
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"vfio: {process.Key.Program} ({process.Key.Process}) ended and left to the kernel to give back:"));
            foreach (Leak leak in process.OrderBy(static leak => leak.Descriptor))
            {
                error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  descriptor {leak.Descriptor}, {leak.Path ?? "from VFIO_GROUP_GET_DEVICE_FD"}"));
                foreach (HeldObject held in leak.Held)
                {
                    error.WriteLine($"    {What(held)}: {Mending(held)}");
                }
            }
        }

        if (leaks.Count > 0)
        {
            error.WriteLine("  Closing the descriptor gives back all of it.");
        }
    }

    private static string What(HeldObject held)
    {
        string name = held.Name.Length == 0 ? held.Kind : $"{held.Kind} {held.Name}";
        return held.Mappings == 0 ? name
            : string.Create(CultureInfo.InvariantCulture, $"{name}, {held.Mappings} {(held.Mappings == 1 ? "mapping" : "mappings")} of {Size(held.MappedBytes)}, {Size(held.PinnedBytes)} pinned");
    }

    private static string Mending(HeldObject held) => held.Kind switch
    {
        "device" => "close it",
        "container" => "VFIO_IOMMU_UNMAP_DMA",
        _ => held.Mappings > 0 ? "IOMMU_IOAS_UNMAP, IOMMU_DESTROY" : "IOMMU_DESTROY",
    };

    private static string Size(ulong bytes)
    {
        const int Kibi = 10, Mebi = 20;
        return bytes >= 1UL << Mebi && bytes % (1UL << Mebi) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> Mebi} MiB")
            : string.Create(CultureInfo.InvariantCulture, $"{bytes >> Kibi} KiB");
    }
}
