using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// A calling process's memory: the only code that reads or writes the caller's addresses. Copy in once, validate the copy, write back on
/// purpose. Any address may be bad: the answer is <see cref="Errno.EFAULT"/>, never a crash. Linux: copy_from_user, copy_to_user, pin_user_pages.
/// </summary>
public abstract class UserMemory
{
    /// <summary>TASK_SIZE_MAX of x86-64 with four-level paging: no address of a program's is past it, whatever is mapped (access_ok).</summary>
    public const ulong End = (1UL << 47) - 4096;

    /// <summary>mmget_not_zero: some process has it still. What of it is pinned outlives it.</summary>
    public virtual bool IsThere => true;

    /// <summary>copy_from_user: fills <paramref name="destination"/> or answers EFAULT.</summary>
    public abstract Errno CopyIn(ulong address, Span<byte> destination);

    /// <summary>copy_to_user.</summary>
    public abstract Errno CopyOut(ulong address, ReadOnlySpan<byte> source);

    /// <summary>
    /// pin_user_pages: what stands at [<paramref name="address"/>, + <paramref name="length"/>) as memory a device can reach, until
    /// <see cref="DmaBacking.Release"/>. One backing serves every pin of the same memory. EFAULT where a page is not there or, for
    /// <paramref name="writable"/>, may not be written.
    /// </summary>
    /// <param name="address">First byte, in the process's address space.</param>
    /// <param name="length">Bytes; not zero.</param>
    /// <param name="writable">The device may write.</param>
    /// <param name="backing">The memory, with one reference taken for the caller.</param>
    /// <param name="offset">Where <paramref name="address"/> stands in the backing.</param>
    public abstract Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset);

    /// <summary>Until it is disposed, on this thread: where memory is compared page by page, what is mapped is looked up once for all of them.</summary>
    public virtual IDisposable? LookOnce() => null;

    /// <summary>
    /// follow_pfnmap_start: as <see cref="Pin"/>, for the registers of a device that are mapped there, which have no pages to pin. EFAULT where
    /// none are, or where they do not answer now.
    /// </summary>
    public virtual Errno PinRegisters(ulong address, ulong length, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        return Errno.EFAULT;
    }
}
