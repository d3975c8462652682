using System.Buffers;

namespace Vfio;

public sealed partial class DmaBuffer
{
    /// <summary>Some of its bytes.</summary>
    /// <param name="offset">From where.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the buffer.</exception>
    public Span<byte> Slice(ulong offset, int length)
    {
        ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)length, Length - offset, nameof(length));
        unsafe
        {
            // Sound: the bytes lie in the live mapping, whose file is sealed against shrinking. The caller keeps the buffer while the span is in use.
            return new Span<byte>((void*)(_memory.Address + (nint)offset), length);
        }
    }

    /// <summary>Lends the bytes as <see cref="Memory{T}"/>; keeps the buffer reachable, and so mapped, for as long as anybody holds it.</summary>
    private sealed class Manager(DmaBuffer buffer) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => buffer.Span;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)elementIndex, buffer.Length);
            bool held = false;
            buffer._memory.DangerousAddRef(ref held);
            unsafe
            {
                // Sound: the index lies in the mapping, and the reference taken keeps it mapped until Unpin.
                return new MemoryHandle((byte*)buffer._memory.DangerousGetHandle() + elementIndex, pinnable: this);
            }
        }

        public override void Unpin() => buffer._memory.DangerousRelease();

        protected override void Dispose(bool disposing)
        {
            // The buffer frees its memory; a manager owns nothing.
        }
    }
}
