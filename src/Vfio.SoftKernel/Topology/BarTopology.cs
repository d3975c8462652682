namespace Vfio.SoftKernel.Topology;

/// <summary>One line of a function's <c>resource</c> file that is not empty.</summary>
/// <param name="Index">0-5 for a BAR, 6 for the expansion ROM, 7 and up for a bridge's windows.</param>
/// <param name="Start">First byte as the CPU sees it; zero when the kernel gave it none.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Flags">IORESOURCE_* flags as the third column shows them: 0x40200 for 32-bit memory, 0x40101 for ports.</param>
public sealed record BarTopology(int Index, ulong Start, ulong Size, ulong Flags);
