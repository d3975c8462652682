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
}
