using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>What was moved.</summary>
/// <param name="Address">The controller.</param>
/// <param name="Writes">To the namespace; else from it.</param>
/// <param name="Namespace">Which.</param>
/// <param name="First">The first block.</param>
/// <param name="Blocks">How many.</param>
/// <param name="File">The other end.</param>
internal sealed record TransferReport(PciAddress Address, bool Writes, NvmeNamespace Namespace, ulong First, ulong Blocks, string File)
{
    public UInt128 Bytes => Blocks * (UInt128)Namespace.BlockSize;

    /// <summary>For people.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{NvmeText.Count(Blocks, "block")} ({NvmeText.Size(Bytes)}) of {(Writes ? $"{File} {Are} in {Where}, and flushed" : $"{Where} {Are} in {File}")}");

    private string Are => Blocks == 1 ? "is" : "are";

    private string Where => string.Create(CultureInfo.InvariantCulture, $"namespace {Namespace.Id} from block {First} on");
}
