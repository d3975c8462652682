namespace Vfio.Cli.Probing;

/// <summary>A region of an open device.</summary>
/// <param name="Name">"BAR 0", "ROM", "config".</param>
/// <param name="Size">Bytes.</param>
/// <param name="Access">How it is reached: "mapped", "read and write".</param>
internal sealed record RegionReport(string Name, ulong Size, string Access);
