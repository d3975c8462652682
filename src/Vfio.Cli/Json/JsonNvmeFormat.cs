namespace Vfio.Cli.Json;

/// <summary>A way a namespace can be formatted; the performance is "best", "better", "good" or "degraded".</summary>
internal sealed record JsonNvmeFormat(int BlockSize, int MetadataSize, string Performance, bool InUse);
