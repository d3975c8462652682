using System.Runtime.InteropServices;
using Vfio.Hardware.Iommus;

namespace Vfio.Benchmarks;

/// <summary>Pages of our own that a device can reach: one pinned backing.</summary>
internal sealed unsafe class PageBacking : DmaBacking
{
    private readonly void* _memory;

    public PageBacking(int bytes)
    {
        Length = (ulong)bytes;
        // Sound: freed only in Free, when the last reference is gone; every span over it is cut to Length.
        _memory = NativeMemory.AlignedAlloc((nuint)bytes, 4096);
        Bytes.Clear();
    }

    public override ulong Length { get; }

    public override nint Address => (nint)_memory;

    // Sound: the memory is of Length bytes, and whoever calls holds a reference.
    private Span<byte> Bytes => new(_memory, (int)Length);

    public override bool TryRead(ulong offset, Span<byte> destination)
        => offset <= Length && Bytes[(int)offset..].Length >= destination.Length && Bytes.Slice((int)offset, destination.Length).TryCopyTo(destination);

    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
        => offset <= Length && source.TryCopyTo(Bytes[(int)offset..]);

    // Sound: the last reference is gone.
    protected override void Free() => NativeMemory.AlignedFree(_memory);
}
