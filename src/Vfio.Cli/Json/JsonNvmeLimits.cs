namespace Vfio.Cli.Json;

/// <summary>What queues can be at most: how many, of how many commands; bytes of one command.</summary>
internal sealed record JsonNvmeLimits(int Queues, int QueueDepth, int TransferBytes);
