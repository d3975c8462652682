using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// struct file with its operations. An operation a file lacks answers what Linux answers for a NULL one. Results are the kernel's: zero or
/// more, or a negative errno. Counted as Linux counts: one reference a descriptor (or a struct that keeps it); the last one releases it.
/// </summary>
public abstract class OpenFile
{
    private int _references = 1;

    /// <summary>get_file: takes a reference; the caller must hold one already.</summary>
    public void Get()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException($"{GetType().Name}: a reference was taken after the last was put.");
        }
    }

    /// <summary>fput: gives a reference back; the last one calls <see cref="Release"/>.</summary>
    public void Put()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            Release();
        }
        else if (left < 0)
        {
            throw new InvalidOperationException($"{GetType().Name}: put once too often.");
        }
    }

    /// <summary>Which calls of the catalogue it takes; null: none.</summary>
    public virtual UapiFile? Kind => null;

    /// <summary>What it holds now: what closing it would give back.</summary>
    public virtual IReadOnlyList<HeldObject> Held => [];

    /// <summary>It has no positions (stream_open; and what a call made and no path opened, unless that call says otherwise): pread and pwrite are ESPIPE.</summary>
    public virtual bool IsStream => false;

    /// <summary>path_noexec: what a call made lies in no file system that code may be mapped from, and such a mapping is EPERM.</summary>
    public virtual bool IsMadeByCall => IsStream;

    /// <summary>What ksys_pread64, ksys_pwrite64, do_preadv and do_pwritev check before the file is asked.</summary>
    /// <param name="position">Where it is to be read or written.</param>
    /// <param name="isOpenForIt">Whether the descriptor was opened to be read, or to be written.</param>
    public Errno CheckPlaced(long position, bool isOpenForIt)
        => position < 0 ? Errno.EINVAL : IsStream ? Errno.ESPIPE : isOpenForIt ? Errno.None : Errno.EBADF;

    /// <summary>What do_mmap checks of a file before the file is asked.</summary>
    /// <param name="length">In bytes, as the caller gave it.</param>
    /// <param name="protection">What may be done there.</param>
    /// <param name="flags">Whether what is written reaches the file.</param>
    /// <param name="offset">Where in the file: that of a device is not signed.</param>
    /// <param name="canRead">The descriptor was opened to be read.</param>
    /// <param name="canWrite">The descriptor was opened to be written.</param>
    public Errno CheckMap(ulong length, MmapProtection protection, MmapFlags flags, ulong offset, bool canRead, bool canWrite)
    {
        const ulong PageMask = 4095;
        if (length == 0 || (offset & PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        if (length > UserMemory.End)
        {
            return Errno.ENOMEM;
        }

        bool writes = (protection & MmapProtection.Write) != 0 && (flags & MmapFlags.Shared) != 0;
        return offset > ulong.MaxValue - ((length + PageMask) & ~PageMask) ? Errno.EOVERFLOW
            : !canRead || (writes && !canWrite) ? Errno.EACCES
            : (protection & MmapProtection.Execute) != 0 && IsMadeByCall ? Errno.EPERM : Errno.None;
    }

    /// <summary>fops->unlocked_ioctl. NULL: ENOTTY.</summary>
    public virtual int Ioctl(KernelTask task, uint request, UserArgument argument) => -(int)Errno.ENOTTY;

    /// <summary>fops->read at <paramref name="position"/>, which it moves. NULL: EINVAL.</summary>
    public virtual nint Read(KernelTask task, Span<byte> buffer, ref long position) => -(int)Errno.EINVAL;

    /// <summary>fops->write at <paramref name="position"/>, which it moves. NULL: EINVAL.</summary>
    public virtual nint Write(KernelTask task, ReadOnlySpan<byte> buffer, ref long position) => -(int)Errno.EINVAL;

    /// <summary>fops->mmap: may the caller map this? The transport then maps the host file at the same offset. NULL: ENODEV.</summary>
    public virtual int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset) => -(int)Errno.ENODEV;

    /// <summary>It has vm_ops->open and close: who is mapped is in use.</summary>
    public virtual bool CountsMappings => false;

    /// <summary>vm_ops->open: a mapping that <see cref="Mmap"/> allowed was cut in two, and this is where one more part begins.</summary>
    public virtual void MappingOpened(ulong offset)
    {
    }

    /// <summary>vm_ops->close: a mapping that <see cref="Mmap"/> allowed, or a part of it, is gone.</summary>
    public virtual void MappingClosed(ulong offset)
    {
    }

    /// <summary>
    /// vm_ops->fault of a mapping of it at <paramref name="offset"/>: its registers as memory that other devices reach, with a reference for the
    /// caller; null where there are none, or where they do not answer now (SIGBUS).
    /// </summary>
    public virtual DmaBacking? RegistersAt(ulong offset, ulong length, out ulong start)
    {
        start = 0;
        return null;
    }

    /// <summary>iterate_shared: writes linux_dirent64 records. NULL: ENOTDIR.</summary>
    public virtual nint Getdents(KernelTask task, Span<byte> records, ref long position) => -(int)Errno.ENOTDIR;

    /// <summary>The host descriptor that stands for this file, made on first use: the identity every transport hands out, and what is mapped.</summary>
    public abstract int HostDescriptor { get; }

    /// <summary>What fstat says of it.</summary>
    public abstract FileStatus Status { get; }

    /// <summary>fops->release: the last reference is gone.</summary>
    protected abstract void Release();
}
