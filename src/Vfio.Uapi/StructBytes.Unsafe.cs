using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>The bytes of a uAPI struct: what crosses the seam is memory, and a struct of this project is that memory field for field.</summary>
public static class StructBytes
{
    /// <summary>Views a struct as its bytes, without a copy. Writes through the span are writes to the struct.</summary>
    /// <typeparam name="T">A blittable struct; the size of the span is its size, padding included.</typeparam>
    /// <param name="value">The struct. The span lives no longer than this reference.</param>
    public static Span<byte> AsBytes<T>(ref T value)
        where T : unmanaged
        // Sound: an unmanaged type holds no reference the collector follows, so any byte pattern may be read from it and written to it; the span
        // carries the reference, so the compiler keeps it inside the struct's lifetime, and its length is exactly sizeof(T).
        => MemoryMarshal.AsBytes(new Span<T>(ref value));

    /// <summary>Views an array of structs as its bytes, without a copy.</summary>
    /// <typeparam name="T">A blittable struct.</typeparam>
    /// <param name="values">The structs, one after the other as C lays out an array.</param>
    /// <exception cref="OverflowException">The array is longer than <see cref="int.MaxValue"/> bytes.</exception>
    public static Span<byte> AsBytes<T>(Span<T> values)
        where T : unmanaged
        // Sound: as above; the length is multiplied with overflow checked.
        => MemoryMarshal.AsBytes(values);

    /// <summary>Copies a struct out of the start of a buffer. The buffer needs no alignment and may be longer than the struct.</summary>
    /// <typeparam name="T">A blittable struct.</typeparam>
    /// <param name="source">Bytes written by somebody else.</param>
    /// <param name="value">The copy; all zero when the buffer is too short.</param>
    /// <returns>False when the buffer is shorter than the struct.</returns>
    public static bool TryRead<T>(ReadOnlySpan<byte> source, out T value)
        where T : unmanaged
        // Sound: MemoryMarshal.TryRead checks the length and reads unaligned; every byte pattern is a value of an unmanaged uAPI struct.
        => MemoryMarshal.TryRead(source, out value);

    /// <summary>Copies a struct to the start of a buffer. The buffer needs no alignment and may be longer than the struct.</summary>
    /// <typeparam name="T">A blittable struct.</typeparam>
    /// <param name="destination">Where it goes.</param>
    /// <param name="value">The struct.</param>
    /// <returns>False, with nothing written, when the buffer is shorter than the struct.</returns>
    public static bool TryWrite<T>(Span<byte> destination, in T value)
        where T : unmanaged
        // Sound: MemoryMarshal.TryWrite checks the length and writes unaligned.
        => MemoryMarshal.TryWrite(destination, in value);

    /// <summary>The size of a struct in bytes, as C's sizeof.</summary>
    /// <typeparam name="T">A blittable struct.</typeparam>
    public static int SizeOf<T>()
        where T : unmanaged
        // Sound: reads no memory.
        => Unsafe.SizeOf<T>();
}
