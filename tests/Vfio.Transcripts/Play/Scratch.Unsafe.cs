using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

/// <summary>Where a step's structs and arrays lie: memory that ends where its last page ends, and nothing behind it.</summary>
internal sealed class Scratch
{
    private const int Size = 1 << 20;
    private const int Page = 4096;

    private readonly nint _start;
    private int _used;

    /// <summary>Maps it.</summary>
    public Scratch(ISystemCalls calls)
    {
        _start = calls.Mmap(Size + Page, MmapProtection.Read | MmapProtection.Write, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        if (_start is < 0 and > -4096)
        {
            throw new TranscriptException($"no scratch memory: {(Errno)(-_start)}");
        }

        _ = Native.Mprotect(_start + Size, Page, 0);
    }

    /// <summary>Unmaps it.</summary>
    public void Release(ISystemCalls calls) => _ = calls.Munmap(_start, Size + Page);

    /// <summary>Forgets all arrays of the step before.</summary>
    public void Reset() => _used = 0;

    /// <summary>Zeroed room for an array.</summary>
    public Span<byte> Array(int length, out nint address)
    {
        int at = _used;
        _used += (length + 15) & ~15;
        if (_used > Size / 2)
        {
            throw new TranscriptException("a step's arrays are larger than half a megabyte");
        }

        address = _start + at;
        Span<byte> bytes = At(at, length);
        bytes.Clear();
        return bytes;
    }

    /// <summary>Zeroed room for a struct: the byte behind it is not there.</summary>
    public Span<byte> Struct(int length)
    {
        Span<byte> bytes = At(Size - length, length);
        bytes.Clear();
        return bytes;
    }

    /// <summary>An array of this step again, by its address.</summary>
    public Span<byte> Again(nint address, int length) => At((int)(address - _start), length);

    private Span<byte> At(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Size / 2);
        unsafe
        {
            // Sound: the mapping has Size bytes, stands until its process ends, and the range lies inside it.
            return new Span<byte>((void*)(_start + offset), length);
        }
    }
}
