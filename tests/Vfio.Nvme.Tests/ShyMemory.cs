using System.Buffers;

namespace Vfio.Nvme.Tests;

/// <summary>Memory whose owner will not show it any more.</summary>
internal sealed class ShyMemory<T>(T[] items) : MemoryManager<T>
{
    private volatile bool _hides;

    public bool Hides
    {
        set => _hides = value;
    }

    public override Span<T> GetSpan() => _hides ? throw new NotSupportedException() : items;

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
