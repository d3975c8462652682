using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>An open file of the tree.</summary>
/// <param name="host">Where its descriptor comes from.</param>
/// <param name="file">The file.</param>
internal sealed class TreeFileHandle(ISystemCalls host, TreeFile file) : TreeHandle(host, file)
{
    /// <summary>kernfs_get_active: ENODEV once the file's device is gone.</summary>
    public override nint Read(KernelTask task, Span<byte> buffer, ref long position)
    {
        if (file.IsGone)
        {
            return -(int)Errno.ENODEV;
        }

        nint read = file.Read(task, buffer, position);
        position += Math.Max(read, 0);
        return read;
    }

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, ref long position)
    {
        if (file.IsGone)
        {
            return -(int)Errno.ENODEV;
        }

        nint written = file.Write(task, buffer, position);
        position += Math.Max(written, 0);
        return written;
    }

    /// <summary>proc_reg_mmap of a file without one is EIO; sysfs says ENODEV.</summary>
    public override int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
        => file.FileSystem.Name == "proc" ? -(int)Errno.EIO : -(int)Errno.ENODEV;
}
