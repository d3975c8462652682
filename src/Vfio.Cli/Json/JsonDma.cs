namespace Vfio.Cli.Json;

/// <summary>Whether DMA was done, whether every byte was right, and how many there were.</summary>
internal sealed record JsonDma(bool Done, bool Ok, long Bytes);
