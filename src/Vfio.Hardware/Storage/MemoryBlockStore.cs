namespace Vfio.Hardware.Storage;

/// <summary>Blocks in memory, taken as they are first written.</summary>
/// <param name="length">Bytes.</param>
public sealed class MemoryBlockStore(ulong length) : IBlockStore
{
    private const int ChunkSize = 1 << 20;
    private static readonly byte[] s_zeros = new byte[ChunkSize];

    private readonly byte[]?[] _chunks = new byte[]?[checked((int)((length + ChunkSize - 1) / ChunkSize))];

    /// <inheritdoc/>
    public ulong Length => length;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> MemoryAt(ulong offset, int length) => Part(_chunks[offset / ChunkSize] ?? s_zeros, offset, length);

    /// <inheritdoc/>
    public Span<byte> WritableMemoryAt(ulong offset, int length) => Part(_chunks[offset / ChunkSize] ??= new byte[ChunkSize], offset, length);

    /// <inheritdoc/>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> part = MemoryAt(offset, destination.Length);
            part.CopyTo(destination);
            destination = destination[part.Length..];
            offset += (ulong)part.Length;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            Span<byte> part = WritableMemoryAt(offset, source.Length);
            source[..part.Length].CopyTo(part);
            source = source[part.Length..];
            offset += (ulong)part.Length;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryClear(ulong offset, ulong length)
    {
        while (length > 0)
        {
            ref byte[]? chunk = ref _chunks[offset / ChunkSize];
            ulong part = Math.Min(length, ChunkSize - (offset % ChunkSize));
            if (part == ChunkSize)
            {
                chunk = null;
            }
            else
            {
                chunk?.AsSpan((int)(offset % ChunkSize), (int)part).Clear();
            }

            offset += part;
            length -= part;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryFlush() => true;

    private static Span<byte> Part(byte[] chunk, ulong offset, int length)
    {
        int at = (int)(offset % ChunkSize);
        return chunk.AsSpan(at, Math.Min(length, ChunkSize - at));
    }
}
