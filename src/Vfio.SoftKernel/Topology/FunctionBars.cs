using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.Topology;

/// <summary>The lines of a <c>resource</c> file as a function's BARs. Linux: include/linux/ioport.h.</summary>
internal static class FunctionBars
{
    /// <summary>IORESOURCE_IO.</summary>
    public const ulong Io = 0x100;

    /// <summary>IORESOURCE_MEM.</summary>
    public const ulong Memory = 0x200;

    /// <summary>IORESOURCE_PREFETCH.</summary>
    public const ulong Prefetch = 0x2000;

    /// <summary>IORESOURCE_MEM_64.</summary>
    public const ulong Memory64 = 0x100000;

    /// <summary>BAR 0-5 and the ROM.</summary>
    public static PciBar[] Of(FunctionTopology function)
    {
        var bars = new PciBar[PciModel.RomBar + 1];
        foreach (BarTopology bar in function.Bars.Where(bar => bar.Index <= PciModel.RomBar))
        {
            PciBarKind kind = (bar.Flags & Io) != 0 ? PciBarKind.Io : (bar.Flags & Memory64) != 0 ? PciBarKind.Memory64 : PciBarKind.Memory32;
            bars[bar.Index] = new PciBar(kind, bar.Size, (bar.Flags & Prefetch) != 0);
        }

        return bars;
    }

    /// <summary>The parts of those BARs that are memory in parts only.</summary>
    public static Dictionary<int, IReadOnlyList<PciBarArea>> Mappable(FunctionTopology function)
        => function.Bars.Where(static bar => bar is { Index: < PciModel.RomBar, Mappable: not null })
            .ToDictionary(static bar => bar.Index, static bar => (IReadOnlyList<PciBarArea>)[.. bar.Mappable!.Select(static area => new PciBarArea(area.Offset, area.Size))]);
}
