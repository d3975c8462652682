using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>A memfd, or with no backing a file that cannot be pinned.</summary>
public sealed class ArrayFile(ArrayBacking? memory) : PinnableFile
{
    /// <summary>struct file references that the kernel side holds.</summary>
    public int References { get; set; }

    public override Errno Pin(ulong start, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        if (memory is null || start > memory.Length || length > memory.Length - start)
        {
            return Errno.EINVAL;
        }

        memory.Acquire();
        backing = memory;
        offset = start;
        return Errno.None;
    }

    public override void Release() => References--;
}
