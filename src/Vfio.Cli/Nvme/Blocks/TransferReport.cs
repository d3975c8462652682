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
}
