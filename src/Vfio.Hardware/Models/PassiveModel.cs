using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

/// <summary>A function that is there and does nothing: recorded configuration space, BARs of memory that starts as zero. For functions without a model.</summary>
public sealed class PassiveModel : PciModel
{
    /// <summary>A function with the recorded <paramref name="config"/> (256 or 4096 bytes) and <paramref name="bars"/>.</summary>
    public PassiveModel(PciLocation location, ReadOnlySpan<byte> config, ReadOnlySpan<PciBar> bars)
        : base(location, ConfigSpace.FromImage(config, bars), bars)
    {
    }

    /// <inheritdoc/>
    public override bool IsPlainMemory(int bar) => bar != RomBar && Bar(bar).Kind is PciBarKind.Memory32 or PciBarKind.Memory64;

    /// <inheritdoc/>
    public override void ReadBar(int bar, ulong offset, Span<byte> destination) => destination.Clear();

    /// <inheritdoc/>
    public override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> source)
    {
    }

    /// <inheritdoc/>
    protected override void ResetState()
    {
    }
}
