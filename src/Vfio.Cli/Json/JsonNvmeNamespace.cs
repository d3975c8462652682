using Vfio.Cli.Nvme;

namespace Vfio.Cli.Json;

/// <summary>A namespace; a block size of 0 is one that is not understood.</summary>
internal sealed record JsonNvmeNamespace(uint Id, ulong Blocks, int BlockSize, ulong Bytes, IReadOnlyList<JsonNvmeFormat> Formats)
{
    public static JsonNvmeNamespace Of(NamespaceReport report) => new(
        report.Namespace.Id,
        report.Namespace.Blocks,
        report.Namespace.BlockSize,
        JsonNvmeController.Whole(report.Namespace.Blocks * (UInt128)report.Namespace.BlockSize),
        [.. report.Formats.Select(static format => new JsonNvmeFormat(format.BlockSize, format.MetadataSize, NvmeText.Performance(format), format.IsInUse))]);
}
