using System.Runtime.InteropServices;

namespace Vfio;

public sealed partial class VfioFileHandle
{
    /// <summary>ioctl on a kernel struct, read and written in place. Zero or more, or a negative errno.</summary>
    /// <typeparam name="T">A blittable struct laid out as the kernel's.</typeparam>
    // Sound: T is unmanaged, so its bytes are all there is to it, and the span lives only for the call.
    public int Ioctl<T>(uint request, ref T argument)
        where T : unmanaged
        => Ioctl(request, MemoryMarshal.AsBytes(new Span<T>(ref argument)));

    /// <summary>
    /// ioctl on a kernel struct that points at an array, which the kernel reads or writes. <paramref name="pointer"/> is the struct's field for its address; zero again
    /// afterwards, and zero for an empty array.
    /// </summary>
    /// <typeparam name="T">A blittable struct laid out as the kernel's.</typeparam>
    /// <typeparam name="TItem">A blittable element.</typeparam>
    internal int Ioctl<T, TItem>(uint request, ref T argument, ref ulong pointer, ReadOnlySpan<TItem> items)
        where T : unmanaged
        where TItem : unmanaged
    {
        unsafe
        {
            // Sound: the array is fixed for the whole call and the kernel keeps no address beyond it; callers say its true length in the struct.
            // What is read-only here the kernel only reads, or it is a span the caller gave to be written.
            fixed (TItem* address = items)
            {
                pointer = (ulong)address;
                try
                {
                    return Ioctl(request, ref argument);
                }
                finally
                {
                    pointer = 0;
                }
            }
        }
    }
}
