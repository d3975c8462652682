namespace Vfio.Nvme;

/// <summary>Blocks on end.</summary>
/// <param name="First">The first block.</param>
/// <param name="Blocks">How many.</param>
public readonly record struct NvmeBlockRange(ulong First, uint Blocks);
