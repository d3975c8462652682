namespace Vfio.Nvme;

/// <summary>What a controller's queues for I/O can be at most, as far as this driver uses it.</summary>
/// <param name="Queues">How many.</param>
/// <param name="Depth">Commands that can be under way in one.</param>
/// <param name="Transfer">Bytes that one command moves.</param>
public readonly record struct NvmeLimits(int Queues, int Depth, int Transfer);
