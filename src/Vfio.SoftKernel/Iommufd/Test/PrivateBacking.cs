using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>The kernel's own memory behind a test dma-buf. Linux: kzalloc.</summary>
/// <param name="length">Bytes.</param>
internal sealed class PrivateBacking(int length) : DmaBacking
{
    private readonly byte[] _bytes = new byte[length];

    /// <inheritdoc/>
    public override ulong Length => (ulong)_bytes.Length;

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => Holds(offset, destination.Length) && _bytes.AsSpan((int)offset, destination.Length).TryCopyTo(destination);

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => Holds(offset, source.Length) && source.TryCopyTo(_bytes.AsSpan((int)offset));

    /// <summary>The collector has it.</summary>
    protected override void Free()
    {
    }

    private bool Holds(ulong offset, int count) => offset <= Length && (ulong)count <= Length - offset;
}
