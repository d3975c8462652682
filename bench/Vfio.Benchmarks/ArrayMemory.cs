using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Benchmarks;

/// <summary>A caller whose memory is an array from address 0, and whose pins all lead to one backing: the inner seam without a process behind it.</summary>
internal sealed class ArrayMemory(byte[] bytes, DmaBacking backing) : UserMemory
{
    public override Errno CopyIn(ulong address, Span<byte> destination)
    {
        if (address > (ulong)bytes.Length || destination.Length > bytes.Length - (int)address)
        {
            return Errno.EFAULT;
        }

        bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
        return Errno.None;
    }

    public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
    {
        if (address > (ulong)bytes.Length || source.Length > bytes.Length - (int)address)
        {
            return Errno.EFAULT;
        }

        source.CopyTo(bytes.AsSpan((int)address));
        return Errno.None;
    }

    public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? pinned, out ulong offset)
    {
        backing.Acquire();
        pinned = backing;
        offset = 0;
        return Errno.None;
    }
}
