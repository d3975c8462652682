using System.Runtime.InteropServices;

namespace Vfio;

/// <summary>Unmanaged memory for the arrays that a kernel struct points at: it does not move, and its address may be given away.</summary>
internal sealed class NativeBuffer : IDisposable
{
    private readonly int _length;
    private unsafe void* _memory;

    /// <summary>Zeroed memory of <paramref name="length"/> bytes.</summary>
    public NativeBuffer(int length)
    {
        unsafe
        {
            // Sound: freed once, in Dispose or by the finalizer, which both clear the pointer.
            _memory = NativeMemory.AllocZeroed((nuint)length);
        }

        _length = length;
    }

    /// <summary>Frees memory that nobody disposed.</summary>
    ~NativeBuffer() => Free();

    /// <summary>Where it is.</summary>
    public ulong Address
    {
        get
        {
            unsafe
            {
                // Sound: the address is reported, not followed.
                return (ulong)_memory;
            }
        }
    }

    /// <summary>Its bytes; not to be used after Dispose.</summary>
    public Span<byte> Span
    {
        get
        {
            unsafe
            {
                // Sound: the allocation is _length bytes, and an empty one once it is freed.
                return new Span<byte>(_memory, _memory == null ? 0 : _length);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        unsafe
        {
            // Sound: the memory is NativeMemory's own or null, and forgotten before it is freed, so it is freed once.
            void* memory = _memory;
            _memory = null;
            NativeMemory.Free(memory);
        }
    }
}
