namespace Vfio.Hardware.Storage;

/// <summary>
/// What a storage model keeps its blocks in. One thread calls at a time, and never with a range outside <see cref="Length"/>. A method that answers false has
/// failed as a medium does; it does not throw.
/// </summary>
public interface IBlockStore
{
    /// <summary>Bytes it holds.</summary>
    ulong Length { get; }

    /// <summary>What stands at <paramref name="offset"/>, where the store has it in memory: from 1 to <paramref name="length"/> bytes, good until the next call. Empty: ask <see cref="TryRead"/>.</summary>
    ReadOnlySpan<byte> MemoryAt(ulong offset, int length);

    /// <summary>As <see cref="MemoryAt"/>, to be written: what is stored there is in the store. Empty: use <see cref="TryWrite"/>.</summary>
    Span<byte> WritableMemoryAt(ulong offset, int length);

    /// <summary>Reads.</summary>
    bool TryRead(ulong offset, Span<byte> destination);

    /// <summary>Writes.</summary>
    bool TryWrite(ulong offset, ReadOnlySpan<byte> source);

    /// <summary>Makes a range read as zeros, and gives back what it took where it can.</summary>
    bool TryClear(ulong offset, ulong length);

    /// <summary>What was written before stays written whatever happens next.</summary>
    bool TryFlush();
}
