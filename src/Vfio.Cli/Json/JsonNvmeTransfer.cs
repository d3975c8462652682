using Vfio.Cli.Nvme.Blocks;

namespace Vfio.Cli.Json;

/// <summary>`nvme BDF read FILE --json` and `write`.</summary>
internal sealed record JsonNvmeTransfer(int Schema, string Address, uint Namespace, string Operation, ulong Block, ulong Blocks, int BlockSize, ulong Bytes, string File)
{
    public static JsonNvmeTransfer Of(TransferReport report) => new(
        JsonFunction.CurrentSchema, report.Address.ToString(), report.Namespace.Id, report.Writes ? "write" : "read", report.First, report.Blocks, report.Namespace.BlockSize,
        JsonNvmeController.Whole(report.Bytes), report.File);
}
