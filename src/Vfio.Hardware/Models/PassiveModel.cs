using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

/// <summary>A function that is there and does nothing: recorded configuration space, BARs of memory that starts as zero. For functions without a model.</summary>
public sealed class PassiveModel : PciModel
{
    private readonly IReadOnlyList<PciBarArea>[] _plain = new IReadOnlyList<PciBarArea>[RomBar + 1];

    /// <summary>A function with the recorded <paramref name="config"/> (256 or 4096 bytes) and <paramref name="bars"/>.</summary>
    /// <param name="location">Where it stands.</param>
    /// <param name="config">Its configuration space.</param>
    /// <param name="bars">Its BARs.</param>
    /// <param name="memory">By BAR, where memory is only a part of it: the rest reads as zero and takes no store.</param>
    public PassiveModel(
        PciLocation location, ReadOnlySpan<byte> config, ReadOnlySpan<PciBar> bars, IReadOnlyDictionary<int, IReadOnlyList<PciBarArea>>? memory = null)
        : base(location, ConfigSpace.FromImage(config, bars), bars)
    {
        for (int bar = 0; bar <= RomBar; bar++)
        {
            bool isMemory = bar != RomBar && Bar(bar).Kind is PciBarKind.Memory32 or PciBarKind.Memory64;
            _plain[bar] = !isMemory ? [] : memory?.GetValueOrDefault(bar) ?? [new PciBarArea(0, BarSize(bar))];
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<PciBarArea> PlainMemory(int bar) => _plain[bar];

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
