namespace Vfio.Hardware.Storage;

/// <summary>Reads as zeros and forgets what is written: a medium that takes no time, for measuring what stands before it.</summary>
/// <param name="length">Bytes.</param>
public sealed class NullBlockStore(ulong length) : IBlockStore
{
    private const int Part = 1 << 17;
    private static readonly byte[] s_zeros = new byte[Part];

    private readonly byte[] _forgotten = new byte[Part];

    /// <inheritdoc/>
    public ulong Length => length;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> MemoryAt(ulong offset, int length) => s_zeros.AsSpan(0, Math.Min(length, Part));

    /// <inheritdoc/>
    public Span<byte> WritableMemoryAt(ulong offset, int length) => _forgotten.AsSpan(0, Math.Min(length, Part));

    /// <inheritdoc/>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        destination.Clear();
        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => true;

    /// <inheritdoc/>
    public bool TryClear(ulong offset, ulong length) => true;

    /// <inheritdoc/>
    public bool TryFlush() => true;
}
