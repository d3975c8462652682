using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>A BAR as memory that other devices reach: peer-to-peer DMA. Nothing is there while the function's memory is off.</summary>
/// <param name="device">The function.</param>
/// <param name="bar">Which.</param>
internal sealed class BarBacking(VfioPciDevice device, int bar) : DmaBacking
{
    /// <summary>In whole pages: a small BAR has its page for itself.</summary>
    public override ulong Length { get; } = (device.Model.BarSize(bar) + 4095) & ~4095UL;

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => device.ReadBar(bar, offset, destination) == destination.Length;

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => device.WriteBar(bar, offset, source) == source.Length;

    /// <inheritdoc/>
    protected override void Free()
    {
    }
}
